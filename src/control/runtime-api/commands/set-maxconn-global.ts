import type { Command } from '../command.js'
import { wholeNumber } from '../number.js'
import { done, refuse } from '../reply.js'

/** As in the config's schema. */
export const MOST_SESSIONS = 10_000_000

export const setMaxconnGlobal: Command = {
  words: ['set', 'maxconn', 'global'],
  usage: 'set maxconn global <value>',
  summary: 'change the per-process maxconn setting',
  level: 'admin',
  most: 1,
  json: true,
  run([value], { registry, client }) {
    if (value === undefined) return refuse('Expects an integer value.\n')
    const is = wholeNumber(value, MOST_SESSIONS)
    if (is === undefined) return refuse('Value out of range.\n')
    const was = registry.board.maxSessions
    registry.setGlobalLimit(is, client.name)
    return done({ was, is })
  },
}
