/** The Redis probe against real servers, and against some that are none. */
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RedisProbeSettings } from '../../../src/control/health/probes/redis.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { ProbeReport } from '../../../src/control/registry/server.js'
import { CERTIFICATE_PROGRAMS, startAuthority } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/free-port.js'
import { skipWithout } from '../../support/installed-programs.js'
import {
  answering,
  answeringAndClosing,
  closing,
  flooding,
  resetting,
  silent,
  startMisbehaving,
  withoutLeak,
} from '../../support/misbehaving-servers.js'
import { REDIS_PROGRAMS, RedisServer, startRedisPair } from '../../support/redis.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const skip = skipWithout(...REDIS_PROGRAMS)

type Settings = Partial<Omit<RedisProbeSettings, 'type'>> & { timeoutMs?: number }

function report(port: number, settings: Settings = {}, onStep?: (words: string) => void): Promise<ProbeReport> {
  const check = { ...SCHEDULE, type: 'redis', primaryAfterMs: 0, ...settings } as const
  return startProbe({ family: 4, host: '127.0.0.1', port }, undefined, check, Date.now, onStep).report
}

function passwordFile(t: Test, text: string): string {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const file = join(folder.path, 'password')
  writeFileSync(file, text)
  return file
}

t.test(
  'a primary and its replica tell their roles and positions, which meet when nothing is written',
  { skip },
  async (t) => {
    const [primary, replica] = await startRedisPair()
    t.teardown(() => Promise.all([primary.stop(), replica.stop()]))
    await primary.command('SET', 'a', '1')
    await primary.command('WAIT', '1', '5000')

    const steps: string[] = []
    const one = await report(primary.port, {}, (words) => steps.push(words))
    t.match(one, { passed: true, code: 'L7OK', reason: 'passed', words: `127.0.0.1:${primary.port} is a primary` })
    t.same(steps, ['connected', 'answered PING', 'is a primary'])
    t.equal(one.database?.role, 'primary')
    t.ok((one.database?.position ?? 0) > 0)
    t.notOk('lagMs' in (one.database ?? {}), 'a primary is behind nobody')

    const other = await report(replica.port)
    t.match(other, { passed: true, words: `127.0.0.1:${replica.port} is a replica` })
    t.match(other.database, { role: 'replica', lagMs: 0 })
    await eventually('it has all that the primary had', async () => {
      const { database } = await report(replica.port)
      return (database?.position ?? 0) >= (one.database?.position ?? 0)
    })
  },
)

t.test('REPLICAOF flips move the role with the very next probe', { skip }, async (t) => {
  const [a, b] = await startRedisPair()
  t.teardown(() => Promise.all([a.stop(), b.stop()]))
  const roles = async () => [(await report(a.port)).database?.role, (await report(b.port)).database?.role]
  t.same(await roles(), ['primary', 'replica'])
  await b.command('REPLICAOF', 'NO', 'ONE')
  t.same(await roles(), ['primary', 'primary'], 'between the two commands there are two, and both are told')
  await a.follow(b)
  t.same(await roles(), ['replica', 'primary'])
})

t.test('a primary that has just started may be asked to wait, one that was promoted is not', { skip }, async (t) => {
  const [primary, replica] = await startRedisPair()
  t.teardown(() => Promise.all([primary.stop(), replica.stop()]))
  const later = { primaryAfterMs: 60_000 }
  t.match(await report(primary.port, later), {
    passed: false,
    code: 'L7RSP',
    reason: 'not-ready',
    words: /: it started \d+s ago and says that it is the primary, which is believed after 1m$/,
  })
  t.match(await report(replica.port, later), { passed: true, database: { role: 'replica' } })
  const soon = { primaryAfterMs: 1_000 }
  await replica.command('REPLICAOF', 'NO', 'ONE')
  for (const { port } of [primary, replica]) {
    await eventually('it is believed', async () => (await report(port, soon)).database?.role === 'primary')
  }

  await primary.command('ACL', 'SETUSER', 'monitor', 'on', '>pw', '+ping', '+role')
  const password = { file: passwordFile(t, 'pw') }
  t.match(await report(primary.port, { ...soon, user: 'monitor', password }), { passed: false, reason: 'denied' })
})

t.test('a replica whose primary died is behind by the time that its link has been down', { skip }, async (t) => {
  const [primary, replica] = await startRedisPair()
  t.teardown(() => Promise.all([primary.stop(), replica.stop()]))
  await primary.kill()
  await eventually('the lag grows', async () => {
    const { passed, database } = await report(replica.port)
    return passed && database?.role === 'replica' && (database.lagMs ?? 0) >= 1_000
  })
})

t.test('a replica that never reached its primary is not ready', { skip }, async (t) => {
  const replica = await RedisServer.start({ replicaof: `127.0.0.1 ${await freePort()}` })
  t.teardown(() => replica.stop())
  t.match(await report(replica.port), {
    passed: false,
    code: 'L7RSP',
    reason: 'not-ready',
    words: /it has not reached its primary since it started: the age of its data is unknown$/,
  })
})

t.test('a replica that shall not serve stale data says so when it has none but stale', { skip }, async (t) => {
  const settings = { replicaof: `127.0.0.1 ${await freePort()}`, 'replica-serve-stale-data': 'no' }
  const replica = await RedisServer.start(settings)
  t.teardown(() => replica.stop())
  t.match(await report(replica.port), {
    passed: false,
    reason: 'not-ready',
    words: /"MASTERDOWN Link with MASTER is down/,
  })
})

t.test('a server that loads its data is not ready', { skip }, async (t) => {
  const server = await RedisServer.start({
    'enable-debug-command': 'yes',
    'key-load-delay': 1_000, // microseconds
    'loading-process-events-interval-bytes': 1_024,
  })
  t.teardown(() => server.stop())
  await server.command('DEBUG', 'POPULATE', '10000')
  const loading = server.command('DEBUG', 'RELOAD')
  await eventually('it loads', async () => {
    const { passed, reason, words } = await report(server.port)
    return !passed && reason === 'not-ready' && words.includes('"LOADING Redis is loading the dataset in memory"')
  })
  await server.command('CONFIG', 'SET', 'key-load-delay', '0')
  await loading
  t.match(await report(server.port), { passed: true })
})

t.test('a script that hogs the server makes it not ready', { skip }, async (t) => {
  const server = await RedisServer.start({ 'busy-reply-threshold': 1 })
  t.teardown(() => server.stop())
  const script = server.command('EVAL', 'while true do end', '0').catch(() => 'killed')
  await eventually('it is busy', async () => (await report(server.port, { timeoutMs: 500 })).reason === 'not-ready')
  await server.command('SCRIPT', 'KILL')
  await script
})

t.test(
  'passwords: required, wrong, right, with a user and without, rotated between two probes',
  { skip },
  async (t) => {
    const server = await RedisServer.start({ requirepass: 's3cret' })
    t.teardown(() => server.stop())
    t.match(await report(server.port), {
      passed: false,
      code: 'L7RSP',
      reason: 'denied',
      words: 'password required: "NOAUTH Authentication required." in answer to PING',
    })
    const file = passwordFile(t, 'wr0ng\n')
    const password = { file }
    const wrong = await report(server.port, { password })
    t.match(wrong, { passed: false, reason: 'wrong-password', words: 'the login was refused (WRONGPASS)' })
    writeFileSync(file, 's3cret\n')
    const steps: string[] = []
    t.match(await report(server.port, { password }, (words) => steps.push(words)), { passed: true })
    t.same(steps, ['connected', 'logged in', 'answered PING', 'is a primary'])

    const redis = ['--user', 'default', '-a', 's3cret', '--no-auth-warning']
    await server.command(...redis, 'ACL', 'SETUSER', 'monitor', 'on', '>m0nitor', '+ping', '+info')
    writeFileSync(file, 'm0nitor')
    t.match(await report(server.port, { user: 'monitor', password }), { passed: true, database: { role: 'primary' } })
    t.match(await report(server.port, { user: 'nobody', password }), {
      reason: 'wrong-password',
      words: 'the login as nobody was refused (WRONGPASS)',
    })
    t.notMatch(JSON.stringify([wrong, steps]), /s3cret|wr0ng|m0nitor/)
  },
)

t.test('a password that cannot be read is said of this machine, and no verdict on the server', { skip }, async (t) => {
  const server = await RedisServer.start()
  t.teardown(() => server.stop())
  const finding = await report(server.port, { password: { file: '/nowhere/password' } })
  t.match(finding, { passed: false, code: 'SOCKERR', reason: 'misconfigured', words: /\/nowhere\/password/ })
})

t.test('a server without a password refuses one', { skip }, async (t) => {
  const server = await RedisServer.start()
  t.teardown(() => server.stop())
  const password = { file: passwordFile(t, 's3cret') }
  t.match(await report(server.port, { password }), {
    passed: false,
    reason: 'denied',
    words: 'the login was refused (ERR)',
  })
})

t.test(
  'a user who may ask for ROLE and not for INFO is enough, but for the age of a broken link',
  { skip },
  async (t) => {
    const [primary, replica] = await startRedisPair()
    t.teardown(() => Promise.all([primary.stop(), replica.stop()]))
    const password = { file: passwordFile(t, 'pw') }
    for (const server of [primary, replica]) {
      await server.command('ACL', 'SETUSER', 'monitor', 'on', '>pw', '+ping', '+role')
      await server.command('ACL', 'SETUSER', 'blind', 'on', '>pw', '+ping')
    }
    const settings = { user: 'monitor', password }
    t.match((await report(primary.port, settings)).database, { role: 'primary', position: Number })
    t.match((await report(replica.port, settings)).database, { role: 'replica', lagMs: 0, position: Number })
    t.match(await report(primary.port, { user: 'blind', password }), {
      passed: false,
      reason: 'denied',
      words: /"NOPERM this user has no permissions to run the 'role' command.*in answer to ROLE$/,
    })
    await primary.kill()
    await eventually('the link is down', async () => (await report(replica.port, settings)).reason === 'not-ready')
  },
)

t.test('a server that is full says so before it is asked', { skip }, async (t) => {
  const server = await RedisServer.start({ maxclients: 1 })
  t.teardown(() => server.stop())
  const hold = await report(server.port)
  t.ok(hold.passed)
  const { connect } = await import('node:net')
  const socket = connect(server.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await eventually('it is full', async () => (await report(server.port)).reason === 'too-many-connections')
})

t.test(
  'TLS: verified, refused, required, with the wrong authority',
  { skip: skip || skipWithout(...CERTIFICATE_PROGRAMS) },
  async (t) => {
    const authority = startAuthority()
    t.teardown(authority.remove)
    const { certFile, keyFile } = authority.sign('redis')
    const [plainPort, plain] = [await freePort(), await RedisServer.start()]
    t.teardown(() => plain.stop())
    const secure = await RedisServer.start({
      port: plainPort,
      'tls-port': await freePort(),
      'tls-cert-file': certFile,
      'tls-key-file': keyFile,
      'tls-ca-cert-file': authority.caFile,
      'tls-auth-clients': 'optional',
    })
    t.teardown(() => secure.stop())
    const tlsPort = Number((await secure.command('CONFIG', 'GET', 'tls-port')).split('\n')[1])
    const tls = { verify: 'full', caFile: authority.caFile } as const

    const steps: string[] = []
    t.match(await report(tlsPort, { tls }, (words) => steps.push(words)), {
      passed: true,
      database: { role: 'primary' },
    })
    t.same(steps, ['connected', 'TLS handshake done: TLSv1.3', 'answered PING', 'is a primary'])
    t.match(await report(tlsPort, { tls: { ...tls, serverName: 'db.test' } }), { passed: true })
    t.match(await report(tlsPort, { tls: { ...tls, serverName: 'other.test' } }), {
      passed: false,
      code: 'L6RSP',
      reason: 'certificate',
      words: /is made out to another name .*db\.test/,
    })
    t.match(await report(tlsPort, { tls: { verify: 'full' } }), { passed: false, code: 'L6RSP', reason: 'certificate' })
    t.match(await report(tlsPort), { passed: false, code: 'L7RSP', reason: 'tls-required' })
    t.match(await report(plain.port, { tls, timeoutMs: 300 }), { passed: false, code: /^L6/ })
  },
)

t.test('what is no Redis is told apart', async (t) => {
  const cases = [
    [silent, 'L7TOUT', 'no-answer', /^no answer to PING from 127.0.0.1:\d+ within 500ms$/],
    [closing, 'L7RSP', 'closed', /closed the connection without an answer to PING$/],
    [resetting, 'L7RSP', 'reset', /^connection reset by 127.0.0.1:\d+ in place of an answer to PING$/],
    [answering('HTTP/1.0 400 Bad Request\r\n'), 'L7RSP', 'garbage', /^not a reply of Redis to PING: "HTTP\/1.0/],
    [answering(Buffer.from([0, 1, 2])), 'L7RSP', 'garbage', /"\\x00\\x01\\x02"$/],
    [answering('+PO'), 'L7TOUT', 'truncated', /^half an answer to PING from .*, and no more within 500ms$/],
    [answering('$5\r\nPO'), 'L7TOUT', 'truncated', /^half an answer/],
    [answeringAndClosing('+PO'), 'L7RSP', 'truncated', /^half an answer .* then the end of the connection$/],
    [answering('+HELLO\r\n'), 'L7RSP', 'wrong-answer', /^"HELLO" in answer to PING$/],
    [answering('-ERR no such luck\r\n'), 'L7RSP', 'wrong-answer', /^"ERR no such luck" in answer to PING$/],
    [answering('-MISCONF Errors writing to the RDB file\r\n'), 'L7RSP', 'not-ready', /^"MISCONF/],
    [answering('-DENIED Redis is running in protected mode\r\n'), 'L7RSP', 'denied', /^"DENIED/],
    [answering(':1x\r\n'), 'L7RSP', 'garbage', /^not a reply/],
    [answering('+PONG\r\n$0\r\n\r\n'), 'L7RSP', 'wrong-answer', /tells no role: is it a Sentinel\?$/],
    [answering('+PONG\r\n-NOPERM x\r\n*3\r\n$8\r\nsentinel\r\n:1\r\n*0\r\n'), 'L7RSP', 'wrong-answer', /no role/],
    [answering('+PONG\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n'), 'L7RSP', 'garbage', /^not a reply/],
    [flooding(Buffer.alloc(65_536, '+')), 'L7RSP', 'garbage', /^not a reply/],
  ] as const
  for (const [misbehave, code, reason, words] of cases) {
    const server = await startMisbehaving(misbehave)
    t.match(await report(server.port, { timeoutMs: 500 }), { passed: false, code, reason, words }, reason)
    await server.close()
  }
  t.match(await report(await freePort()), { passed: false, code: 'L4CON', reason: 'refused' })
})

t.test('a server that repeats the password brings it into no words', async (t) => {
  const password = { file: passwordFile(t, 's3cret') }
  const echo = (socket: Socket) => void socket.on('data', (bytes) => socket.write(bytes))
  const cases = [
    [answering("-ERR unknown command 'AUTH', with args beginning with: 's3cret'\r\n"), 'denied'],
    [answering('-s3cret\r\n'), 'denied'],
    [answering('s3cret\r\n'), 'garbage'],
    [echo, 'wrong-answer'],
  ] as const
  for (const [misbehave, reason] of cases) {
    const server = await startMisbehaving(misbehave)
    const finding = await report(server.port, { password })
    t.match(finding, { passed: false, code: 'L7RSP', reason })
    t.notMatch(JSON.stringify(finding), /s3cret/, finding.words)
    await server.close()
  }
})

t.test('many probes of every kind of server leave no descriptor, and none outlives its timeout', async (t) => {
  const kinds = [silent, closing, resetting, answering('+PO'), answering('x\r\n'), flooding(Buffer.alloc(1_000, '+'))]
  const servers = await Promise.all(kinds.map((kind) => startMisbehaving(kind)))
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  let longest = 0
  await withoutLeak(async () => {
    for (let i = 0; i < 30; i++) {
      const settings = [{ timeoutMs: 20 }, { timeoutMs: 20, tls: { verify: 'none' as const } }]
      const runs = servers.flatMap(({ port }) => settings.map((one) => report(port, one)))
      for (const { durationMs, passed } of await Promise.all(runs)) {
        t.notOk(passed)
        longest = Math.max(longest, durationMs)
      }
    }
  })
  t.ok(longest < 500, `longest ${longest} ms`)
})
