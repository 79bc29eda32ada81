/** The command line of `npm run failovers`. */
import { parseArgs } from 'node:util'
import { ENGINES, type Engine } from '../../tests/support/engines.js'

/** `kill`: SIGKILL to all of its processes. `freeze`: SIGSTOP, so that sockets stay open and nobody answers. */
export const DEATHS = ['kill', 'freeze'] as const
export type Death = (typeof DEATHS)[number]

export interface Options {
  readonly failovers: number
  readonly engine: Engine
  readonly death: Death
  /** What becomes of new sessions while there is no primary: `on_no_server`. */
  readonly wait: boolean
}

export const USAGE = `usage: npm run failovers -- [--failovers 20] [--engine ${ENGINES.join('|')}] [--death ${DEATHS.join('|')}] [--wait]`

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      failovers: { type: 'string', default: '20' },
      engine: { type: 'string', default: 'linux' },
      death: { type: 'string', default: 'kill' },
      wait: { type: 'boolean', default: false },
    },
  })
  const failovers = Number(values.failovers)
  if (!Number.isInteger(failovers) || failovers < 1)
    throw new Error(`--failovers takes a number from 1, not ${values.failovers}`)
  return {
    failovers,
    engine: oneOf('--engine', ENGINES, values.engine),
    death: oneOf('--death', DEATHS, values.death),
    wait: values.wait,
  }
}

function oneOf<Name extends string>(option: string, names: readonly Name[], given: string): Name {
  const name = names.find((name) => name === given)
  if (!name) throw new Error(`${option} takes ${names.join(' or ')}, not ${given}`)
  return name
}
