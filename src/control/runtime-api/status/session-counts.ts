import type { Series } from '../rates.js'
import type { SessionCounts } from './document.js'

interface Counted {
  readonly live: number
  readonly peak: number | null
  /** 0 means no limit. */
  readonly max: number
  readonly total: number
}

export function sessionCounts({ live, peak, max, total }: Counted, series: Series): SessionCounts {
  return {
    live,
    peak,
    max: max || null,
    total,
    perSecond: rounded(series.perSecond),
    perSecondOverMinute: rounded(series.minuteMean),
    perSecondPeak: rounded(series.peak),
  }
}

/** To a tenth: the clock is no better. */
function rounded(rate: number): number {
  return Math.round(rate * 10) / 10
}
