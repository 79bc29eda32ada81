/** The keys of a backend that say what happens to the sessions that a server has when it should take no more. */
import type { Parsed } from '../../core/address.js'
import { DURATION_SHAPE, formatDuration, parseDuration } from '../../core/duration.js'
import { choice, durationOrOff, parsed } from './fields.js'

const KEEP_OR_KILL = ['keep', 'kill'] as const

const DRAIN = '"keep", or "kill after" and a duration, such as "kill after 5m"'
const KILL_AFTER = 'kill after '
/** Node's timers end at 2^31 ms. */
const LONGEST_MS = 24 * 86_400_000

/** Milliseconds from the drain to the kill; undefined keeps them. */
function onDrain() {
  const schema = parsed(DRAIN, (text): Parsed<number | undefined> => {
    if (text === 'keep') return { ok: true, value: undefined }
    const ms = text.startsWith(KILL_AFTER) ? parseDuration(text.slice(KILL_AFTER.length)) : undefined
    return ms === undefined || ms > LONGEST_MS ? { ok: false, expected: DRAIN } : { ok: true, value: ms }
  })
  return schema.meta({ pattern: `^(?:keep|${KILL_AFTER}${DURATION_SHAPE})$` })
}

/** As the file has it. */
export function formatOnDrain(killAfterMs: number | undefined): string {
  return killAfterMs === undefined ? 'keep' : `${KILL_AFTER}${formatDuration(killAfterMs)}`
}

export const endingKeys = {
  on_down: choice(KEEP_OR_KILL)
    .prefault('keep')
    .describe('The sessions of a server that its check has taken down. A kill is a reset: clients know at once.'),
  on_role_lost: choice(KEEP_OR_KILL)
    .prefault('kill')
    .describe('The sessions of `role = "primary"` on a server that is the primary no more.'),
  on_lag: choice(KEEP_OR_KILL)
    .prefault('keep')
    .describe('The sessions of a replica that is further behind than `max_lag`.'),
  on_drain: onDrain()
    .prefault('keep')
    .describe('The sessions of a server that is drained: kept, or killed after a time.'),
  kill_over: durationOrOff({ to: 3_600_000 })
    .prefault('off')
    .describe('Spread such kills evenly over this time, so that not all clients come back at once.'),
}

export const ENDING_KEYS = [
  'on_down',
  'on_role_lost',
  'on_lag',
  'on_drain',
  'kill_over',
] as const satisfies readonly (keyof typeof endingKeys)[]
