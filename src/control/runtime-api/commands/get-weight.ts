import type { Command } from '../command.js'
import { show } from '../reply.js'
import { findServer } from '../target.js'

export const getWeight: Command = {
  words: ['get', 'weight'],
  usage: 'get weight <bk>/<srv>',
  summary: "report a server's current weight",
  level: 'user',
  most: 1,
  json: true,
  run([path], { registry }) {
    const found = findServer(registry, path)
    if (!found.ok) return found
    const { weight, settings } = found.it
    return show(`${weight} (initial ${settings.weight})\n`, {
      server: found.it.path,
      weight,
      configured: settings.weight,
    })
  },
}
