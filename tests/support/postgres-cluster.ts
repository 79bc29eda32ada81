/**
 * One primary and streaming replicas of it, all real, and what befalls them: a death, a promotion, the return of the
 * former primary as a replica, a replica that stops to replay.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type PostgresServer, startPostgres } from './postgres.js'

/** For `skipWithout`, beside POSTGRES_PROGRAMS. */
export const REPLICATION_PROGRAMS = ['pg_rewind'] as const

/** Of `monitor`, who may log in with it alone. */
export const MONITOR_PASSWORD = 'a password, that nobody else has'
const LOGINS = `
host all monitor 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
`

/** In the data folder and not on the command line, since pg_rewind starts the server once, too. */
const SETTINGS = `
wal_log_hints = on
wal_keep_size = '128MB'
wal_retrieve_retry_interval = '200ms'
`
/** pg_rewind stumbles over a socket in the data folder. */
const ARGUMENTS = { unix_socket_directories: '' } as const

const BETWEEN_LOOKS_MS = 10
const CATCHES_UP_WITHIN_MS = 10_000

export class PostgresCluster {
  private constructor(
    readonly servers: readonly PostgresServer[],
    private present: PostgresServer,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(replicas = 2): Promise<PostgresCluster> {
    const { servers, stop } = await startPostgres(1)
    const [primary] = servers
    if (!primary) throw new Error('one server was asked for')
    const end = async () => {
      await Promise.all(all.slice(1).map((server) => server.stop()))
      await stop()
    }
    const all = [primary]
    const cluster = new PostgresCluster(all, primary, end)
    try {
      await primary.stop('fast')
      primary.write('pg_hba.conf', LOGINS)
      primary.write('postgresql.auto.conf', SETTINGS)
      await primary.start(ARGUMENTS)
      await primary.sql(`create role monitor login password '${MONITOR_PASSWORD}'; grant pg_monitor to monitor`)
      for (let i = 0; i < replicas; i++) all.push(await primary.replica())
      await Promise.all(cluster.others.map((server) => cluster.startFollowing(server)))
      return cluster
    } catch (error) {
      await end()
      throw error
    }
  }

  get primary(): PostgresServer {
    return this.present
  }

  /** All but the primary. */
  get others(): readonly PostgresServer[] {
    return this.servers.filter((server) => server !== this.present)
  }

  /** Of those, the one that has received most of the primary's log: the one to promote when that is dead. */
  async furthest(among: readonly PostgresServer[] = this.others): Promise<PostgresServer> {
    const places = await Promise.all(
      among.map(async (server) => ({ server, received: Number(await server.sql(RECEIVED)) })),
    )
    const [best] = places.sort((a, b) => b.received - a.received)
    if (!best) throw new Error('no replica')
    return best.server
  }

  /** @returns Unix time, ms, at which it said for the first time that it is no replica any more */
  async promote(server: PostgresServer): Promise<number> {
    const [at] = await Promise.all([promotedAt(server), server.sql('select pg_promote()')])
    this.present = server
    // pg_rewind goes by the timeline of the last checkpoint
    await server.sql('checkpoint')
    return at
  }

  /** The other one goes on as it is, and follows the present primary instead. */
  async follow(server: PostgresServer): Promise<void> {
    await server.sql(`alter system set primary_conninfo = '${this.source}'`)
    await server.sql('select pg_reload_conf()')
    await this.untilStreaming(server)
  }

  /** The primary stops, and starts where it is as a replica that follows nobody yet. */
  async demote(awayMs: number): Promise<void> {
    const { present } = this
    await present.stop('fast')
    await sleep(awayMs)
    present.write('standby.signal', '')
    await present.start(ARGUMENTS)
  }

  /** A server that is stopped or dead starts as a replica of the present primary. */
  async rejoin(server: PostgresServer): Promise<void> {
    await server.rewindTo(this.present)
    await this.startFollowing(server)
  }

  /** Resolves when every replica has replayed what the primary has written by now. */
  async level(): Promise<void> {
    const written = await this.present.sql('select pg_current_wal_lsn()')
    const hasReplayed = `select coalesce(pg_last_wal_replay_lsn() >= '${written}', false)`
    await Promise.all(this.others.map((server) => until(server, hasReplayed)))
  }

  async stop(): Promise<void> {
    await this.end()
  }

  private async startFollowing(server: PostgresServer): Promise<void> {
    server.write('postgresql.auto.conf', `${SETTINGS}primary_conninfo = '${this.source}'\n`)
    server.write('standby.signal', '')
    await server.start(ARGUMENTS)
    await this.untilStreaming(server)
  }

  private async untilStreaming(server: PostgresServer): Promise<void> {
    const streams = `select exists (select from pg_stat_wal_receiver where status = 'streaming' and sender_port = ${this.present.port})`
    await until(server, streams)
  }

  private get source(): string {
    return `host=127.0.0.1 port=${this.present.port} user=postgres`
  }
}

const RECEIVED = `select pg_wal_lsn_diff(coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')`

async function until(server: PostgresServer, isTrue: string): Promise<void> {
  const deadline = Date.now() + CATCHES_UP_WITHIN_MS
  while ((await server.sql(isTrue)) !== 't') {
    if (Date.now() > deadline) throw new Error(`not true in time: ${isTrue}\n${server.log.slice(-10).join('\n')}`)
    await sleep(BETWEEN_LOOKS_MS)
  }
}

/** Asks again and again over one connection, since a new `psql` for each question would be late. */
async function promotedAt({ port }: PostgresServer): Promise<number> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  await client.connect()
  try {
    for (;;) {
      const { rows } = await client.query<{ follows: boolean }>('select pg_is_in_recovery() as follows')
      if (rows[0]?.follows === false) return Date.now()
      await sleep(BETWEEN_LOOKS_MS)
    }
  } finally {
    await client.end()
  }
}
