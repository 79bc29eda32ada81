import type { Command } from '../command.js'
import { show } from '../reply.js'

export const showVersion: Command = {
  words: ['show', 'version'],
  usage: 'show version',
  summary: 'show version of the current process',
  level: 'user',
  most: 0,
  json: true,
  run: (_, { process: { version } }) => show(`${version}\n`, { version }),
}
