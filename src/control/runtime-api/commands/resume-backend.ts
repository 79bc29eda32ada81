import type { Command } from '../command.js'
import { done, refuse } from '../reply.js'
import { findBackend } from '../target.js'
import { pauseChange } from './pause-change.js'

export const resumeBackend: Command = {
  words: ['resume', 'backend'],
  usage: 'resume backend <bk>',
  summary: 'end the pause of a backend: sessions that wait get a server, or wait for one until the end of its timeout',
  level: 'admin',
  most: 1,
  json: true,
  run([name], { registry, client }) {
    if (name === undefined) return refuse('A backend name is expected.\n')
    const found = findBackend(registry, name, 'No such backend.\n')
    return found.ok ? done(pauseChange(found.it, () => registry.resume(found.it, client.name))) : found
  },
}
