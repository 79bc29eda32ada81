/** Two real Redis servers behind headgate: one backend serves the port for writes and the port for reads, whoever is the primary. */
import t, { type Test } from 'tap'
import { Daemon, type LogLine } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { skipWithout } from '../support/installed-programs.js'
import { REDIS_PROGRAMS, type RedisServer, redisCommand, startRedisPair } from '../support/redis.js'
import { TcpClient } from '../support/tcp-client.js'

const INTERVAL_MS = 200
const FALL = 2
const FAILOVERS = 3
/** What a client may wait for a new primary after its promotion. */
const WRITES_WITHIN_MS = 3_000

const config = (servers: readonly RedisServer[]) => `
[frontends.rw]
listen = "tcp://127.0.0.1:0"
backend = "redis"
role = "primary"

[frontends.ro]
listen = "tcp://127.0.0.1:0"
backend = "redis"
role = "replica-or-primary"

[backends.redis]
check = { type = "redis", interval = "${INTERVAL_MS}ms", timeout = "${INTERVAL_MS}ms", rise = 1, fall = ${FALL} }
on_down = "kill"
max_lag = "30s"
servers = [
${servers.map(({ port }, i) => `  { name = "r${i + 1}", address = "127.0.0.1:${port}" },`).join('\n')}
]
`

t.test('Redis', { skip: skipWithout(...REDIS_PROGRAMS) }, async (t) => {
  for (const engine of ENGINES) {
    await t.test(`${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
      const servers = await startRedisPair()
      t.teardown(() => Promise.all(servers.map((server) => server.stop())))
      await throughFailovers(t, engine, servers)
    })
  }
})

type Pair = readonly [RedisServer, RedisServer]

async function throughFailovers(t: Test, engine: Engine, servers: Pair): Promise<void> {
  const daemon = await Daemon.start(config(servers), { runtime: `engine = "${engine}"` })
  t.teardown(() => daemon.stop())
  const [rw, ro] = [await daemon.port('rw'), await daemon.port('ro')]

  await t.test('the first session of each port reaches a server of its role', async (t) => {
    t.equal(await redisCommand(rw, 'SET', 'written', 'yes'), 'OK')
    t.match(await redisCommand(ro, 'ROLE'), /^slave/)
    // WAIT knows only the writes of its own connection
    await eventually('it is replicated', async () => (await redisCommand(ro, 'GET', 'written')) === 'yes')
    t.match(await redisCommand(ro, 'SET', 'written', 'no'), /^READONLY/)
  })

  await t.test('writes follow a primary that dies, and it comes back for reads', async (t) => {
    let [primary, replica] = servers
    for (let round = 1; round <= FAILOVERS; round++) {
      await primary.kill()
      await replica.command('REPLICAOF', 'NO', 'ONE')
      t.ok((await writes(rw, `round-${round}`)) < WRITES_WITHIN_MS, `round ${round}: writes again`)
      t.match(await redisCommand(ro, 'ROLE'), /^master/, 'the only one left takes the reads too')
      await primary.start({ replicaof: `127.0.0.1 ${replica.port}` })
      await eventually('it takes reads', async () => (await redisCommand(ro, 'ROLE')).startsWith('slave'))
      await eventually('it is replicated', async () => (await redisCommand(ro, 'GET', `round-${round}`)) === 'yes')
      ;[primary, replica] = [replica, primary]
    }
    const moves = () => daemon.log.filter(({ event }) => event === 'primary-moved')
    await eventually('each move has its line', () => moves().length >= FAILOVERS)
    t.equal(moves().length, FAILOVERS)
    t.notOk(daemon.log.find(isSplitBrain), 'at no time there were two')
    for (const { msg } of moves()) t.comment(`${msg}`)
  })

  await t.test('a writer on a primary that becomes a replica is reset, and finds the new one', async (t) => {
    const [leader, follower] = await byRole(servers)
    const writer = await TcpClient.connect(rw)
    await eventually('it has a session', async () => (await sessionsOf(daemon, 'rw')) === 1)
    await follower.command('REPLICAOF', 'NO', 'ONE')
    await leader.follow(follower)
    t.equal(await writer.ended, 'ECONNRESET')
    await writes(rw, 'moved')
    t.equal(await follower.command('GET', 'moved'), 'yes')
  })

  await t.test('two primaries at once take no writes', async (t) => {
    const [leader, follower] = await byRole(servers)
    const from = daemon.program.lines.length
    await follower.command('REPLICAOF', 'NO', 'ONE')
    await daemon.logged(isSplitBrain, 5_000, from)
    await t.rejects(redisCommand(rw, 'SET', 'split', 'yes'), 'nobody is the primary')
    await follower.follow(leader)
    await writes(rw, 'joined')
    t.equal(await leader.command('GET', 'joined'), 'yes')
  })
}

async function byRole([one, other]: Pair): Promise<Pair> {
  return (await one.command('ROLE')).startsWith('master') ? [one, other] : [other, one]
}

async function sessionsOf(daemon: Daemon, frontend: string): Promise<number | undefined> {
  return (await daemon.status()).frontends.find(({ name }) => name === frontend)?.sessions.live
}

function isSplitBrain({ event }: LogLine): boolean {
  return event === 'split-brain'
}

/** Tries until it is done, as a client does that reconnects. Milliseconds that it took; a write that met a replica is an error. */
async function writes(port: number, key: string): Promise<number> {
  const began = performance.now()
  await eventually(`${key} is written`, async () => {
    const reply = await redisCommand(port, 'SET', key, 'yes').catch((error: Error) => error.message)
    if (reply.includes('READONLY')) throw new Error(`a write reached a replica: ${reply}`)
    return reply === 'OK'
  })
  return performance.now() - began
}
