import type { Command } from '../command.js'
import { show } from '../reply.js'

export const showBackend: Command = {
  words: ['show', 'backend'],
  usage: 'show backend',
  summary: 'list backends in the current running config',
  level: 'user',
  most: 0,
  json: true,
  run(_, { registry }) {
    const names = registry.backends.map(({ name }) => name)
    return show(['# name', ...names, ''].join('\n'), names)
  },
}
