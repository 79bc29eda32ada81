/** The servers of a `PostgresCluster` behind headgate: one backend, a port for each role. */
import { Daemon, type DaemonOptions } from './daemon.js'
import type { PostgresServer } from './postgres.js'
import { MONITOR_PASSWORD, type PostgresCluster } from './postgres-cluster.js'

export interface BalancedOptions extends Pick<DaemonOptions, 'keep'> {
  readonly runtime?: string
  /** Further lines of the backend. */
  readonly backend?: string
}

export interface Balanced {
  readonly daemon: Daemon
  /** Port for writes. */
  readonly rw: number
  /** For reads: from replicas, or from the primary where there is none. */
  readonly ro: number
  /** For reads from replicas alone. */
  readonly replicas: number
}

/** In milliseconds. */
export const INTERVAL = 500
export const FALL = 2

export async function balance(cluster: PostgresCluster, options: BalancedOptions = {}): Promise<Balanced> {
  const { runtime = '', backend = '', keep } = options
  const env = { MONITOR_PASSWORD }
  const daemon = await Daemon.start(sections(cluster.servers, backend), { runtime, env, ...(keep && { keep }) })
  const [rw, ro, replicas] = [await daemon.port('rw'), await daemon.port('ro'), await daemon.port('replicas')]
  return { daemon, rw, ro, replicas }
}

/** `r1` is the first of the cluster's servers. */
export function nameOf(cluster: PostgresCluster, server: PostgresServer): string {
  return `r${cluster.servers.indexOf(server) + 1}`
}

export function sections(servers: readonly PostgresServer[], backend = ''): string {
  const list = servers.map(({ port }, i) => `{ name = "r${i + 1}", address = "127.0.0.1:${port}" }`)
  return `
[frontends.rw]
listen = "tcp://127.0.0.1:0"
backend = "db"
role = "primary"

[frontends.ro]
listen = "tcp://127.0.0.1:0"
backend = "db"
role = "replica-or-primary"

[frontends.replicas]
listen = "tcp://127.0.0.1:0"
backend = "db"
role = "replica"

[backends.db]
policy = "least-conn"
on_down = "kill"
on_role_lost = "kill"
${backend}
servers = [${list.join(', ')}]

[backends.db.check]
type = "postgres"
user = "monitor"
password_env = "MONITOR_PASSWORD"
interval = "${INTERVAL}ms"
rise = 2
fall = ${FALL}
`
}
