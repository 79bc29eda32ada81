/** A registry built from a config, with a topology whose workers take every shape: all that settings can change. */
import type { Config } from '../../../src/config/config.js'
import { readConfig } from '../../../src/config/load.js'
import { buildRegistry } from '../../../src/control/registry/build.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import { Topology } from '../../../src/control/topology/topology.js'
import { BindError } from '../../../src/control/workers/bind-error.js'
import type { Shape } from '../../../src/core/messages.js'
import { POLICIES } from '../../../src/core/policy/list.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'

/** Two backends that one frontend splits over; `more` is put behind. */
export const SECTIONS = `
[frontends.in]
listen = "tcp://127.0.0.1:7000"
backend = { db = 90, canary = 10 }
max_sessions = 500
[backends.db]
servers = [
  { name = "r1", address = "127.0.0.1:7001" },
  { name = "r2", address = "127.0.0.1:7002", weight = 50, max_sessions = 9 },
]
[backends.canary]
servers = [{ name = "c1", address = "db.example:7003" }]
`

export async function configOf(toml: string): Promise<Config> {
  const read = await readConfig(toml, 'test.toml', { env: {}, policies: POLICIES })
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.config
}

export interface Steered {
  readonly registry: Registry
  readonly topology: Topology
  /** The next shape is refused: a port in use. */
  refuseNext(): void
}

export function steered(config: Config, clock: () => number = Date.now): Steered {
  const capacity = { servers: 16, backends: 4, frontends: 4, workers: 1 }
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  const registry = buildRegistry(config, board, clock())
  let refuses = false
  const configure = async (_: Shape) => {
    if (!refuses) return []
    refuses = false
    throw new BindError('tcp://127.0.0.1:7000 of frontend in', 'EADDRINUSE')
  }
  const topology = new Topology({ registry, workers: { configure }, records: () => false, clock })
  return { registry, topology, refuseNext: () => (refuses = true) }
}
