/** `wait <delay> [srv-removable <b>/<s>]`, of HAProxy 3.0: until the server may be deleted, or the delay has passed. */
import { setTimeout as pause } from 'node:timers/promises'
import { parseDuration } from '../../../core/duration.js'
import type { Server } from '../../registry/server.js'
import type { Command } from '../command.js'
import { refuse, tell } from '../reply.js'
import { findServer } from '../target.js'

const LONGEST_MS = 24 * 3_600_000
/** Sessions end in the workers, and nobody tells: it is looked at this often. */
const LOOK_EVERY_MS = 20

export const wait: Command = {
  words: ['wait'],
  usage: 'wait <delay> [srv-removable <bk>/<srv>]',
  summary: 'wait the specified delay or condition (-h to see list)',
  level: 'operator',
  most: 3,
  json: true,
  async run([text = '', condition, path], { registry, client: { gone } }) {
    const delayMs = /^\d+$/.test(text) ? Number(text) : parseDuration(text)
    if (delayMs === undefined || delayMs > LONGEST_MS) {
      return refuse('Expects a duration in milliseconds, or with a unit such as 10s, of at most a day.\n')
    }
    if (condition === undefined) return passing(delayMs, gone).then(() => tell('Done.\n', { done: true }))
    if (condition !== 'srv-removable') return refuse(`Unsupported condition '${condition}', expects 'srv-removable'.\n`)
    const found = findServer(registry, path)
    if (!found.ok) return found
    const isDone = await becomesRemovable(found.it, performance.now() + delayMs, gone)
    return isDone ? tell('Done.\n', { done: true }) : refuse('Wait delay expired.\n')
  },
}

async function becomesRemovable(server: Server, until: number, gone: AbortSignal): Promise<boolean> {
  while (server.admin !== 'maint' || server.live > 0) {
    if (performance.now() >= until || gone.aborted) return false
    await passing(LOOK_EVERY_MS, gone)
  }
  return true
}

/** Ends early when nobody is left to be told: a timer of a day would keep the process from ending. */
async function passing(ms: number, gone: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal: gone }).catch(() => {})
}
