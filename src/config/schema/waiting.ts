/** The keys of a backend that say who may wait for a server, and for how long. */
import type { Parsed } from '../../core/address.js'
import { DURATION_SHAPE, formatDuration, parseDuration } from '../../core/duration.js'
import { integer, parsed } from './fields.js'

const NO_SERVER = '"refuse", or "wait" and a duration from 1ms to 10m, such as "wait 10s"'
const WAIT = 'wait '
/** A client that waits longer than that has given up. */
const LONGEST_MS = 600_000

/** Milliseconds; 0 refuses. */
function onNoServer() {
  const schema = parsed(NO_SERVER, (text): Parsed<number> => {
    if (text === 'refuse') return { ok: true, value: 0 }
    const ms = text.startsWith(WAIT) ? parseDuration(text.slice(WAIT.length)) : undefined
    const fits = ms !== undefined && ms >= 1 && ms <= LONGEST_MS
    return fits ? { ok: true, value: ms } : { ok: false, expected: NO_SERVER }
  })
  return schema.meta({ pattern: `^(?:refuse|${WAIT}${DURATION_SHAPE})$` })
}

/** As the file has it. */
export function formatOnNoServer(waitMs: number): string {
  return waitMs === 0 ? 'refuse' : `${WAIT}${formatDuration(waitMs)}`
}

export const waitingKeys = {
  on_no_server: onNoServer()
    .prefault('refuse')
    .describe(
      'What to do with a session that no server can take: none is in rotation, all are full, or none of those tried ' +
        'can be reached. `"refuse"` resets it at once; `"wait 10s"` lets it wait so long for one, in its turn, so that ' +
        'its client sees a slow connect and no error. While a backend is paused new sessions wait whatever stands here. ' +
        'TCP only.',
    ),
  max_waiting: integer(0, 1_000_000)
    .prefault(1000)
    .describe(
      'Sessions that may wait for a server at one time, in a pause or by `on_no_server`; one more is refused. TCP only.',
    ),
}

export const WAITING_KEYS = ['on_no_server', 'max_waiting'] as const satisfies readonly (keyof typeof waitingKeys)[]
