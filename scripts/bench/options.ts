/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'

export interface Options {
  /** Names of workloads; empty means all. */
  readonly only: readonly string[]
  readonly rounds: number
  /** Seconds of load for each measurement, after a warm-up. */
  readonly seconds: number
  readonly engines: readonly ('portable' | 'linux')[]
  /** Another HAProxy than the one in PATH. */
  readonly haproxy: string | undefined
}

export const USAGE = `usage: npm run bench -- [--only NAME,…] [--rounds 5] [--seconds 3] [--engine linux,portable] [--haproxy PATH]`

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      engine: { type: 'string', default: 'linux,portable' },
      haproxy: { type: 'string' },
    },
  })
  return {
    only: list(values.only),
    rounds: positive('--rounds', values.rounds),
    seconds: positive('--seconds', values.seconds),
    engines: list(values.engine).map(engine),
    haproxy: values.haproxy,
  }
}

function list(text: string): string[] {
  return text.split(',').filter((part) => part !== '')
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`${option} takes a number above 0, not ${text}`)
  return number
}

function engine(name: string): 'portable' | 'linux' {
  if (name === 'portable' || name === 'linux') return name
  throw new Error(`--engine takes portable, linux or both with a comma, not ${name}`)
}
