/** `[backends.NAME] rebalance`: sessions that rest are moved off over-full servers without anybody's word. */
import { formatDuration } from '../../core/duration.js'
import { formatRate, parseRate, RATE_SHAPE } from '../../core/rate.js'
import { duration, parsed, table } from './fields.js'

/** Times an hour. */
function rate() {
  const expected = 'a number for each second, minute or hour, such as "5/s" or "30/m"'
  const schema = parsed(expected, (text) => {
    const value = parseRate(text)
    return value === undefined ? { ok: false, expected } : { ok: true, value }
  })
  return schema.meta({ pattern: `^${RATE_SHAPE}$` })
}

export const rebalance = table({
  idle: duration({ from: 1_000 })
    .prefault('1m')
    .describe('Close only sessions that carried no byte for this long, and whose client waits for no answer.'),
  rate: rate().prefault('1/s').describe('How many sessions are closed in a time, at most.'),
}).transform(({ idle, rate }) => ({ idleMs: idle, perHour: rate }))

export function rebalanceKeys({ idleMs, perHour }: { readonly idleMs: number; readonly perHour: number }) {
  return { idle: formatDuration(idleMs), rate: formatRate(perHour) }
}
