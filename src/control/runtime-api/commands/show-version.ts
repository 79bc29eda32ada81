import type { Command } from '../command.js'
import { tell } from '../reply.js'

export const showVersion: Command = {
  words: ['show', 'version'],
  usage: 'show version',
  summary: 'show version of the current process',
  level: 'user',
  most: 0,
  json: true,
  run: (_, { process: { version } }) => tell(`${version}\n`, { version }),
}
