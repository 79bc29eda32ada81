/**
 * The load's own process: writes the percentiles of its latencies, in µs, as a line of JSON, or to standard error why
 * there are none.
 *
 * usage: main.ts PORT REQUESTS_PER_SECOND WARM_UP_SECONDS SECONDS
 */
import { percentile, typicalPercentile } from '../../measure/statistics.js'
import type { Latencies } from '../open-loop.js'
import { Schedule } from './schedule.js'

const SLICE_SECONDS = 0.05

function measure([port = 0, perSecond = 0, warmUpSeconds = 0, seconds = 0]: readonly number[]): Latencies {
  const warmUp = Math.floor(perSecond * warmUpSeconds)
  const total = warmUp + Math.floor(perSecond * seconds)
  const latencies = new Schedule(port, perSecond, total).run().subarray(warmUp)
  const at = (part: number) => percentile(latencies, part) * 1000
  const typical = typicalPercentile(latencies, 0.99, Math.ceil(perSecond * SLICE_SECONDS)) * 1000
  return { p50: at(0.5), p99: at(0.99), 'p99.9': at(0.999), 'typical p99': typical }
}

try {
  console.log(JSON.stringify(measure(process.argv.slice(2).map(Number))))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
