import type { Command } from '../command.js'
import { wholeNumber } from '../number.js'
import { done, refuse } from '../reply.js'
import { findServer } from '../target.js'
import { MOST_SESSIONS } from './set-maxconn-global.js'

export const setMaxconnServer: Command = {
  words: ['set', 'maxconn', 'server'],
  usage: 'set maxconn server <bk>/<srv>',
  summary: "change a server's maxconn setting",
  level: 'admin',
  most: 2,
  json: true,
  run([path, value], { registry, client }) {
    const found = findServer(registry, path)
    if (!found.ok) return found
    if (value === undefined) return refuse('Require <maxconn>.\n')
    const is = wholeNumber(value, MOST_SESSIONS)
    if (is === undefined) return refuse('maxconn string empty or preceded by garbage')
    const was = found.it.maxSessions
    registry.setServerLimit(found.it, is, client.name)
    return done({ server: found.it.path, was, is })
  },
}
