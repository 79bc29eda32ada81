import type { Command } from '../command.js'
import { show } from '../reply.js'

export const prompt: Command = {
  words: ['prompt'],
  usage: 'prompt',
  summary: 'toggle interactive mode with prompt',
  level: 'user',
  most: 0,
  run(_, { client }) {
    client.prompting = !client.prompting
    return show('')
  },
}
