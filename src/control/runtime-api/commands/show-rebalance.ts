import type { Command } from '../command.js'
import { show } from '../reply.js'
import { backendsNamed } from '../target.js'
import { rebalanceText, runDocument } from './rebalance-document.js'

/** `json` answers with a list of RebalanceDocument. */
export const showRebalance: Command = {
  words: ['show', 'rebalance'],
  usage: 'show rebalance [<bk>] [json]',
  summary: 'how rebalances go on, or how the last one of each backend ended; of all that had one, or of one',
  level: 'user',
  most: 1,
  json: true,
  run([name], { registry, rebalancing }) {
    const found = backendsNamed(registry, name)
    if (!found.ok) return found
    const runs = found.it.map((backend) => rebalancing.runOf(backend)).filter((run) => run !== undefined)
    const documents = runs.map(runDocument)
    return show(documents.map(rebalanceText).join('') || '# none\n', documents)
  },
}
