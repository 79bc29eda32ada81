/** One failover, from the death of the primary to its return as a replica, and what could be seen of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerStatus } from '../../src/control/runtime-api/status/document.js'
import type { LogLine } from '../../tests/support/daemon.js'
import { eventually } from '../../tests/support/eventually.js'
import { type Balanced, nameOf } from '../../tests/support/postgres-balanced.js'
import type { PostgresCluster } from '../../tests/support/postgres-cluster.js'
import type { PostgresLoad } from '../../tests/support/postgres-load.js'
import type { Death } from './options.js'

export interface Bench extends Balanced {
  readonly cluster: PostgresCluster
  readonly writers: PostgresLoad
  readonly readers: PostgresLoad
}

/** Times are Unix, ms. */
export interface Failover {
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  readonly diedAt: number
  readonly promotedAt: number
  /** The first write after the promotion, and when every writer had written. */
  readonly firstWriteAt: number
  readonly everyWriteAt: number
  /** No session was on the dead server any more. */
  readonly emptyAt: number
  /** The former primary takes reads as a replica. */
  readonly returnedAt: number
  /** Sessions that it had when it died. */
  readonly sessions: number
  /** The log's line of it. */
  readonly told: LogLine
}

/** Between a death and a promotion: before headgate has seen anything, and after it took the server down. */
const UNTIL_PROMOTION_MS = [0, 400, 1_200]
const GIVE_UP_MS = 20_000
const TOLD_WITHIN_MS = 10_000

export async function failOver(bench: Bench, turn: number, death: Death): Promise<Failover> {
  const { cluster, daemon } = bench
  const former = cluster.primary
  const from = nameOf(cluster, former)
  const mark = daemon.program.lines.length
  const { sessions } = await serverOf(bench, from)
  const diedAt = Date.now()
  if (death === 'kill') await former.kill()
  else former.freeze()

  const empty = untilEmpty(bench, from)
  await sleep(UNTIL_PROMOTION_MS[turn % UNTIL_PROMOTION_MS.length])
  const replicas = turn % 2 === 0 ? cluster.others : cluster.others.toReversed()
  const next = await cluster.furthest(replicas)
  const promotedAt = await cluster.promote(next)
  const [writes, emptyAt] = await Promise.all([untilAllWrite(bench.writers, promotedAt), empty])
  const told = await daemon.logged(({ event }) => event === 'primary-moved', TOLD_WITHIN_MS, mark)

  if (death === 'freeze') await former.kill()
  await Promise.all(cluster.others.filter((server) => server !== former).map((server) => cluster.follow(server)))
  await cluster.rejoin(former)
  const returnedAt = await untilRead(bench, former.port)
  return {
    from,
    to: nameOf(cluster, next),
    fromPort: former.port,
    toPort: next.port,
    diedAt,
    promotedAt,
    firstWriteAt: Math.min(...writes),
    everyWriteAt: Math.max(...writes),
    emptyAt,
    returnedAt,
    sessions: sessions.live,
    told,
  }
}

async function serverOf({ daemon }: Bench, name: string): Promise<ServerStatus> {
  const server = (await daemon.status()).backends[0]?.servers.find((server) => server.name === name)
  if (!server) throw new Error(`no server ${name}`)
  return server
}

async function untilEmpty(bench: Bench, name: string): Promise<number> {
  const isEmpty = async () => (await serverOf(bench, name)).sessions.live === 0
  await eventually(`no session is on ${name}`, isEmpty, GIVE_UP_MS)
  return Date.now()
}

async function untilAllWrite(writers: PostgresLoad, since: number): Promise<number[]> {
  const times = () => writers.firstAnswersSince(since).map((answer) => answer?.at)
  await eventually('every writer writes again', () => times().every((at) => at !== undefined), GIVE_UP_MS)
  return times().filter((at) => at !== undefined)
}

/** The server that has just started takes reads through headgate. */
async function untilRead({ readers }: Bench, port: number): Promise<number> {
  const from = readers.answers.length
  const isRead = () => readers.answers.slice(from).some((answer) => answer.port === port)
  await eventually('the former primary takes reads', isRead, GIVE_UP_MS)
  return Date.now()
}
