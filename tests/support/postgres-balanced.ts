/** The servers of a `PostgresCluster` behind headgate: one backend, a port for writes and one for reads. */
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
  /** Of the port for writes, and of the one for reads. */
  readonly rw: number
  readonly ro: number
}

/** In milliseconds. */
export const INTERVAL = 500
export const FALL = 2

export async function balance(cluster: PostgresCluster, options: BalancedOptions = {}): Promise<Balanced> {
  const { runtime = '', backend = '', keep } = options
  const env = { MONITOR_PASSWORD }
  const daemon = await Daemon.start(sections(cluster.servers, backend), { runtime, env, ...(keep && { keep }) })
  return { daemon, rw: await daemon.port('rw'), ro: await daemon.port('ro') }
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
