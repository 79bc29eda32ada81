import type { Command } from '../command.js'
import { show } from '../reply.js'

export const quit: Command = {
  words: ['quit'],
  usage: 'quit',
  summary: 'disconnect',
  level: 'user',
  most: 0,
  run(_, { client }) {
    client.quitting = true
    return show('')
  },
}
