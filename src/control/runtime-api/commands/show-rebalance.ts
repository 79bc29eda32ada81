import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'
import { findBackend } from '../target.js'
import { rebalanceText, runDocument } from './rebalance-document.js'

export const showRebalance: Command = {
  words: ['show', 'rebalance'],
  usage: 'show rebalance <bk> [json]',
  summary: 'how the rebalance of a backend goes on, or how the last one ended',
  level: 'user',
  most: 1,
  json: true,
  run([name], { registry, rebalancing }) {
    if (name === undefined) return refuse('A backend name is expected.\n')
    const found = findBackend(registry, name, 'No such backend.\n')
    if (!found.ok) return found
    const run = rebalancing.runOf(found.it)
    if (!run) return refuse(`Backend ${name} has not been rebalanced.\n`)
    const document = runDocument(run)
    return show(rebalanceText(document), document)
  },
}
