/** The keys of a backend that hang on roles and lag, where its check can tell them. */

import type { Parsed } from '../../core/address.js'
import { DURATION_SHAPE, formatDuration, parseDuration } from '../../core/duration.js'
import { formatSize, parseSize, SIZE_SHAPE } from '../../core/size.js'
import { choice, flag, parsed } from './fields.js'

/** How far a replica may be behind: by the clock or by its log. */
export type MaxLag = { readonly ms: number } | { readonly bytes: number }

const LAG = '"off", a duration such as "10s", or an amount of log such as "16MB"'
const LONGEST_LAG_MS = 86_400_000

function maxLag() {
  const schema = parsed(LAG, (text): Parsed<MaxLag | undefined> => {
    if (text === 'off') return { ok: true, value: undefined }
    const ms = parseDuration(text)
    if (ms !== undefined && ms > 0 && ms <= LONGEST_LAG_MS) return { ok: true, value: { ms } }
    const bytes = parseSize(text)
    return bytes === undefined || bytes === 0 ? { ok: false, expected: LAG } : { ok: true, value: { bytes } }
  })
  return schema.meta({ pattern: `^(?:off|${DURATION_SHAPE}|${SIZE_SHAPE})$` })
}

/** As the file has it. */
export function formatMaxLag(lag: MaxLag | undefined): string {
  if (!lag) return 'off'
  return 'ms' in lag ? formatDuration(lag.ms) : formatSize(lag.bytes)
}

export const ON_ALL_LAGGING = ['least-lagged', 'primary', 'refuse'] as const
export const ON_SPLIT_BRAIN = ['refuse', 'newest-timeline'] as const

export const roleKeys = {
  max_lag: maxLag()
    .prefault('off')
    .describe(
      'A replica that is further behind takes no new sessions until it is within half of this: by the clock (`"10s"`) ' +
        'or by the log that it has not replayed (`"16MB"`).',
    ),
  on_all_lagging: choice(ON_ALL_LAGGING)
    .prefault('least-lagged')
    .describe(
      'Who takes the sessions for replicas while all of them are behind: the least lagged, the primary, or nobody.',
    ),
  weight_by_lag: flag()
    .prefault(false)
    .describe('Lower the weight of a replica the more of `max_lag` it is behind, to a tenth at the most.'),
  on_split_brain: choice(ON_SPLIT_BRAIN)
    .prefault('refuse')
    .describe(
      'Two primaries at once: `refuse` sends writes to neither, `newest-timeline` to the one that was promoted last, ' +
        'where the database counts promotions (PostgreSQL).',
    ),
}

export const ROLE_KEYS = [
  'max_lag',
  'on_all_lagging',
  'weight_by_lag',
  'on_split_brain',
] as const satisfies readonly (keyof typeof roleKeys)[]
