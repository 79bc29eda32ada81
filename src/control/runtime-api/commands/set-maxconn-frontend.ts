import type { Command } from '../command.js'
import { wholeNumber } from '../number.js'
import { done, refuse } from '../reply.js'
import { findFrontend } from '../target.js'
import { MOST_SESSIONS } from './set-maxconn-global.js'

export const setMaxconnFrontend: Command = {
  words: ['set', 'maxconn', 'frontend'],
  usage: 'set maxconn frontend <frontend> <value>',
  summary: "change a frontend's maxconn setting",
  level: 'admin',
  most: 2,
  json: true,
  run([name, value], { registry, client }) {
    const found = findFrontend(registry, name)
    if (!found.ok) return found
    if (value === undefined) return refuse('Integer value expected.\n')
    const is = wholeNumber(value, MOST_SESSIONS)
    if (is === undefined) return refuse('Value out of range.\n')
    const was = found.it.maxSessions
    registry.setFrontendLimit(found.it, is, client.name)
    return done({ frontend: found.it.name, was, is })
  },
}
