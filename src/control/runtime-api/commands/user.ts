import type { Command } from '../command.js'
import { show } from '../reply.js'

export const user: Command = {
  words: ['user'],
  usage: 'user',
  summary: 'lower the level of the current CLI session to user',
  level: 'user',
  most: 0,
  run(_, { client }) {
    client.level = 'user'
    return show('')
  },
}
