/**
 * HTTP requests at a fixed rate, whether or not earlier ones have been answered, so that a slow proxy cannot slow down
 * its own measurement. They come from a process of its own that makes its system calls itself and leaves V8 nothing to
 * collect: the cost of Node's sockets, and their garbage, were most of what an earlier load measured.
 */
import { fileURLToPath } from 'node:url'
import { Program } from '../../../tests/support/program.js'

const MAIN = fileURLToPath(new URL('./open-loop/main.ts', import.meta.url))
/** Room for the numbers that V8 allocates in some half a minute: none of them is collected while it measures. */
const NEW_SPACE = ['--min-semi-space-size=64', '--max-semi-space-size=64']

/** Percentiles in µs, from the moment a request is due to that at which its answer has been read. */
export interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly 'p99.9': number
  /** The median of the p99 of every 50 ms. */
  readonly 'typical p99': number
}

export interface OpenLoop {
  readonly port: number
  readonly perSecond: number
  /** The same load, before the seconds that are measured. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

export async function openLoop({ port, perSecond, warmUpSeconds, seconds }: OpenLoop): Promise<Latencies> {
  const numbers = [port, perSecond, warmUpSeconds, seconds].map(String)
  const load = Program.start(process.execPath, ['--import', 'tsx', ...NEW_SPACE, MAIN, ...numbers])
  const { code } = await load.exited
  const [answer] = load.stdout
  if (code !== 0 || answer === undefined) throw new Error(`the open-loop load failed: ${load.tail()}`)
  // written by main.ts
  return JSON.parse(answer) as Latencies
}
