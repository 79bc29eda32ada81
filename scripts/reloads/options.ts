/** The command line of `npm run reloads`. */
import { parseArgs } from 'node:util'
import { ENGINES, type Engine } from '../../tests/support/engines.js'

export interface Options {
  readonly reloads: number
  readonly engine: Engine
}

export const USAGE = `usage: npm run reloads -- [--reloads 100] [--engine ${ENGINES.join('|')}]`

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { reloads: { type: 'string', default: '100' }, engine: { type: 'string', default: 'linux' } },
  })
  const reloads = Number(values.reloads)
  if (!Number.isInteger(reloads) || reloads < 1)
    throw new Error(`--reloads takes a number from 1, not ${values.reloads}`)
  const engine = ENGINES.find((name) => name === values.engine)
  if (!engine) throw new Error(`--engine takes ${ENGINES.join(' or ')}, not ${values.engine}`)
  return { reloads, engine }
}
