import type { Command } from '../command.js'
import { show } from '../reply.js'

export const operator: Command = {
  words: ['operator'],
  usage: 'operator',
  summary: 'lower the level of the current CLI session to operator',
  level: 'operator',
  most: 0,
  run(_, { client }) {
    client.level = 'operator'
    return show('')
  },
}
