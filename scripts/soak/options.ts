/** The command line of `npm run soak`. */
import { parseArgs } from 'node:util'

export interface Options {
  /** Seconds of load. */
  readonly seconds: number
  /** Kill a worker now and then. */
  readonly kills: boolean
}

export const USAGE = 'usage: npm run soak -- [--seconds 600] [--kills]'

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '600' }, kills: { type: 'boolean', default: false } },
  })
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) throw new Error(`--seconds takes a number above 0, not ${values.seconds}`)
  return { seconds, kills: values.kills }
}
