import type { Command } from '../command.js'
import { tell } from '../reply.js'

export const showCliLevel: Command = {
  words: ['show', 'cli', 'level'],
  usage: 'show cli level',
  summary: 'display the level of the current CLI session',
  level: 'user',
  most: 0,
  json: true,
  run: (_, { client: { level } }) => tell(`${level}\n`, { level }),
}
