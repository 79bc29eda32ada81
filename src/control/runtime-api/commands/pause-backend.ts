import { formatDuration, parseDuration } from '../../../core/duration.js'
import type { Command } from '../command.js'
import { done, refuse } from '../reply.js'
import { protocolOf } from '../stat/protocol.js'
import { findBackend } from '../target.js'
import { pauseChange } from './pause-change.js'

const DEFAULT_MS = 20_000
/** A switchover that takes longer is none. */
const LONGEST_MS = 600_000

export const pauseBackend: Command = {
  words: ['pause', 'backend'],
  usage: 'pause backend <bk> [timeout <delay>]',
  summary: `let new sessions of a backend wait until it is resumed, or so long (default ${formatDuration(DEFAULT_MS)})`,
  level: 'admin',
  most: 3,
  json: true,
  run([name, word, delay], { registry, client, generations }) {
    if (name === undefined) return refuse('A backend name is expected.\n')
    const found = findBackend(registry, name, 'No such backend.\n')
    if (!found.ok) return found
    if (word !== undefined && (word !== 'timeout' || delay === undefined)) {
      return refuse("'pause backend' expects <backend> [timeout <delay>]\n")
    }
    const timeoutMs = delay === undefined ? DEFAULT_MS : timeoutOf(delay)
    if (timeoutMs === undefined || timeoutMs < 1 || timeoutMs > LONGEST_MS) {
      return refuse(`Invalid timeout '${delay}', expected a duration up to ${formatDuration(LONGEST_MS)}.\n`)
    }
    const backend = found.it
    if (protocolOf(backend, registry) === 'udp') {
      return refuse(`Backend ${name} serves UDP, where nobody can wait: drain its servers.\n`)
    }
    // the new one would know nothing of it, and its sessions would not wait
    if (generations.obstacle !== undefined) return refuse(`No pause now: ${generations.obstacle}.\n`)
    return done(pauseChange(backend, () => registry.pause(backend, timeoutMs, client.name)))
  },
}

/** As in HAProxy a bare number is seconds. */
function timeoutOf(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : parseDuration(text)
}
