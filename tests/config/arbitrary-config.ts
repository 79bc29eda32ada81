/** Configs of every shape, for fast-check: made as TOML and read as a file is, so that every default is what it really is. */
import fc from 'fast-check'
import type { Config } from '../../src/config/config.js'
import { formatConfigErrors } from '../../src/config/errors.js'
import { readConfig } from '../../src/config/load.js'
import { POLICIES } from '../../src/core/policy/list.js'
import { options } from './options.js'

export type Value = string | number | boolean | readonly Value[] | Table
export interface Table {
  readonly [key: string]: Value | undefined
}

/** Few names and addresses, so that two configs have much in common. */
const NAMES = ['a', 'b', 'c', 'd']
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

const keepalive = fc.oneof(fc.boolean(), fc.record({ idle: fc.constantFrom('1s', '60s') }))

const server = fc.record({
  name: fc.constantFrom(...NAMES),
  address: fc.constantFrom('10.0.0.1:80', '10.0.0.2:80', '[::1]:80', 'db.example:5432'),
  weight: optional(fc.integer({ min: 0, max: 256 })),
  max_sessions: optional(fc.nat({ max: 9 })),
})

const backend = fc.record({
  policy: optional(fc.constantFrom(...POLICIES.map(({ name }) => name))),
  check: optional(
    fc.oneof(
      fc.constant(false),
      fc.record({ type: fc.constant('tcp'), interval: fc.constantFrom('1s', '2s'), rise: fc.constantFrom(1, 2) }),
    ),
  ),
  connect_timeout: optional(fc.constantFrom('1s', '5s')),
  server_idle: optional(fc.constantFrom('off', '1m')),
  rebalance: optional(fc.record({ idle: optional(fc.constant('5m')), rate: optional(fc.constantFrom('5/s', '30/m')) })),
  tcp: optional(fc.record({ keepalive: optional(keepalive), no_delay: optional(fc.boolean()) })),
  servers: fc.uniqueArray(server, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
})

const frontend = fc.record({
  backend: fc.oneof(
    fc.constantFrom(...NAMES),
    fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(0, 10, 90), { minKeys: 1 }),
  ),
  max_sessions: optional(fc.nat({ max: 9 })),
  client_idle: optional(fc.constantFrom('off', '1m')),
  tcp: optional(fc.record({ backlog: optional(fc.constantFrom(1, 1024)), keepalive: optional(keepalive) })),
})

const runtime = fc.record({
  workers: optional(fc.constantFrom(1, 2)),
  metrics: optional(fc.constant('127.0.0.1:9108')),
  log: optional(fc.record({ level: optional(fc.constantFrom('info', 'warn')), sessions: optional(fc.boolean()) })),
})

const document = fc
  .record({
    runtime,
    frontends: fc.dictionary(fc.constantFrom(...NAMES), frontend, { minKeys: 1 }),
    backends: fc.dictionary(fc.constantFrom(...NAMES), backend, { minKeys: 1 }),
    port: fc.constantFrom(1000, 2000),
  })
  .map(({ runtime, frontends, backends, port }): Table => {
    const listening = Object.entries(frontends).map(([name, one], i): [string, Table] => [
      name,
      // names of backends that this config has, and an address that no other frontend has
      { ...one, backend: fed(one.backend, Object.keys(backends)), listen: `tcp://127.0.0.1:${port + i}` },
    ])
    return { runtime, frontends: Object.fromEntries(listening), backends }
  })

/** The part of it that names backends which there are, if that is enough; else the first of them. */
function fed(wanted: string | Readonly<Record<string, number>>, known: readonly string[]): Value {
  const [first = ''] = known
  if (typeof wanted === 'string') return known.includes(wanted) ? wanted : first
  const weights = Object.entries(wanted).filter(([name]) => known.includes(name))
  return weights.some(([, weight]) => weight > 0) ? Object.fromEntries(weights) : first
}

/** Text of a config that is in order. */
export const configText: fc.Arbitrary<string> = document.map((tables) => documentOf(tables))

/** Tables as the text of a file. */
export function documentOf(tables: Table): string {
  return Object.entries(tables)
    .map(([key, value]) => `${key} = ${toml(value)}\n`)
    .join('')
}

export async function configOf(text: string): Promise<Config> {
  const result = await readConfig(text, 'x.toml', options)
  if (!result.ok) throw new Error(`${formatConfigErrors(result.errors)}\n${text}`)
  return result.config
}

function toml(value: Value | undefined): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const set = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{ ${set.map(([key, one]) => `${JSON.stringify(key)} = ${toml(one)}`).join(', ')} }`
}
