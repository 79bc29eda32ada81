import { parseDuration } from '../../../core/duration.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'

/** Node's timers end at 2^31 ms. */
const LONGEST_MS = 24 * 86_400_000

export const setTimeoutCli: Command = {
  words: ['set', 'timeout'],
  usage: 'set timeout [cli] <delay>',
  summary: 'change a timeout setting',
  level: 'user',
  most: 2,
  run([what, delay], { client }) {
    if (what !== 'cli') return refuse("'set timeout' only supports 'cli'.\n")
    if (delay === undefined) return refuse('Expects an integer value.\n')
    // as in HAProxy a bare number is seconds
    const ms = /^\d+$/.test(delay) ? Number(delay) * 1_000 : parseDuration(delay)
    if (ms === undefined || ms < 1 || ms > LONGEST_MS) return refuse('Invalid timeout value.\n')
    client.idleMs = ms
    return show('')
  },
}
