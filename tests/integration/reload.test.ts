/** Reloads of a running daemon, as its users do them: by command, by signal, by editing the file. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { freePort, freeUdpPort } from '../support/free-port.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer, type TcpServer } from '../support/tcp-server.js'
import { UdpClient } from '../support/udp-client.js'
import { UdpServer } from '../support/udp-server.js'

interface Text {
  readonly servers: readonly string[]
  readonly frontend?: string
  readonly tcp?: string
  readonly policy?: string
  readonly more?: string
  readonly listen?: string
}

function text({ servers, frontend = 'in', tcp = '', policy = 'round-robin', more = '', listen }: Text): string {
  return `[frontends.${frontend}]
listen = "${listen ?? 'tcp://127.0.0.1:0'}"
backend = "db"
${tcp}
[backends.db]
policy = "${policy}"
check = false
servers = [${servers.join(', ')}]
${more}`
}

const at = (name: string, { port }: { readonly port: number }, more = '') =>
  `{ name = "${name}", address = "127.0.0.1:${port}"${more} }`

async function echoServers(t: Test, count: number): Promise<readonly TcpServer[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => startEchoServer()))
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  return servers
}

async function started(t: Test, engine: Engine, sections: string): Promise<Daemon> {
  const daemon = await Daemon.start(sections, { runtime: `engine = "${engine}"\nworkers = 2` })
  t.teardown(() => daemon.stop())
  return daemon
}

async function connected(t: Test, port: number): Promise<TcpClient> {
  const client = await TcpClient.connect(port)
  t.teardown(() => client.close())
  return client
}

for (const engine of ENGINES) {
  t.test(`reload on the ${engine} engine`, { skip: skipEngine(engine) }, (t) => reloads(t, engine))
}

async function reloads(t: Test, engine: Engine): Promise<void> {
  await t.test('sessions live on while everything around them changes', async (t) => {
    const [one, two] = await echoServers(t, 2)
    if (!one || !two) throw new Error('two servers were asked for')
    const daemon = await started(t, engine, text({ servers: [at('one', one)] }))
    const port = await daemon.port('in')
    const client = await connected(t, port)
    t.equal(await client.echo('before'), 'before')

    daemon.edit(text({ servers: [at('two', two, ', weight = 50')], policy: 'least-conn' }))
    const dry = await daemon.command('reload', '--dry-run')
    t.match(dry, { code: 0, stdout: '+ server db/two' })
    t.match(dry.stdout, /3 changes, not applied\n$/)
    t.equal((await daemon.status()).backends[0]?.servers[0]?.name, 'one', 'nothing happened')

    const done = await daemon.command('reload')
    t.match(done, { code: 0, stderr: '' })
    t.match(done.stdout.split('\n'), [
      '~ backend db policy round-robin → least-conn',
      `+ server db/two 127.0.0.1:${two.port} weight 50`,
      `- server db/one 127.0.0.1:${one.port} weight 100`,
      /3 changes, applied$/,
    ])
    t.equal(await client.echo('after'), 'after', 'the old session stays on the server that is gone')
    const next = await connected(t, port)
    t.equal(await next.echo('new'), 'new')
    const { backends, frontends } = await daemon.status()
    t.match(backends[0]?.servers, [{ name: 'two', sessions: { total: 1 } }])
    t.match(frontends[0], { accepted: 2, sessions: { live: 2 } }, 'counters survive')
    t.match(await daemon.command('reload'), { code: 0, stdout: /no change\n$/ })
  })

  await t.test('what an operator set stays, unless the file was edited there', async (t) => {
    const [one, two] = await echoServers(t, 2)
    if (!one || !two) throw new Error('two servers were asked for')
    const daemon = await started(t, engine, text({ servers: [at('one', one), at('two', two)] }))
    await daemon.command('drain', 'db/one')
    await daemon.command('weight', 'db/one', '7')
    await daemon.command('weight', 'db/two', '8')
    daemon.edit(text({ servers: [at('one', one), at('two', two, ', weight = 60')] }))
    t.match(await daemon.ask('reload json'), '"applied":true')
    t.match((await daemon.status()).backends[0]?.servers, [
      { name: 'one', admin: 'drain', weight: { set: 7 } },
      { name: 'two', admin: 'ready', weight: { set: 60 } },
    ])
  })

  await t.test(
    'frontends come, are renamed and go; their sessions live on, but for those of one that is gone',
    async (t) => {
      const [one] = await echoServers(t, 1)
      if (!one) throw new Error('a server was asked for')
      const extra = await freePort()
      const base = { servers: [at('one', one)] }
      const named = (name: string) =>
        `[frontends.${name}]\nlisten = ["tcp://127.0.0.1:${extra}", "tcp://[::1]:${extra}"]\nbackend = "db"\n`
      const daemon = await started(t, engine, text(base))
      daemon.edit(text({ ...base, more: named('extra') }))
      await daemon.ask('reload')
      const client = await connected(t, extra)
      t.equal(await client.echo('added'), 'added')
      daemon.edit(text({ ...base, more: named('renamed') }))
      t.match(await daemon.ask('reload'), /\+ frontend renamed.*\n- frontend extra/)
      t.equal(await client.echo('renamed'), 'renamed')
      t.equal(await (await connected(t, extra)).echo('new'), 'new')
      daemon.edit(text(base))
      await daemon.ask('reload')
      t.equal(await client.echo('removed'), 'removed')
      t.equal(await (await TcpClient.connect(extra)).ended, 'ECONNREFUSED')
    },
  )

  await t.test(
    'a listener moves from one address to all',
    { skip: engine !== 'linux' && 'node:net cannot' },
    async (t) => {
      const [one] = await echoServers(t, 1)
      if (!one) throw new Error('a server was asked for')
      const port = await freePort()
      const config = (host: string) => text({ servers: [at('one', one)], listen: `tcp://${host}:${port}` })
      const daemon = await started(t, engine, config('127.0.0.1'))
      const client = await connected(t, port)
      for (const host of ['0.0.0.0', '[::]', '127.0.0.1']) {
        daemon.edit(config(host))
        t.match(await daemon.ask('reload'), `→ tcp://${host}:${port}`)
        t.equal(await (await connected(t, port)).echo(host), host)
        t.equal(await client.echo('still here'), 'still here')
      }
    },
  )

  await t.test(
    'new sessions have the new socket options',
    { skip: engine !== 'linux' && 'timers of its own' },
    async (t) => {
      const [one] = await echoServers(t, 1)
      if (!one) throw new Error('a server was asked for')
      const daemon = await started(t, engine, text({ servers: [at('one', one)], tcp: 'tcp = { keepalive = false }' }))
      const port = await daemon.port('in')
      const before = await connected(t, port)
      await before.echo('hello')
      t.equal(keepaliveTimers(port), 0)
      daemon.edit(text({ servers: [at('one', one)] }))
      await daemon.ask('reload')
      await (await connected(t, port)).echo('hello')
      await (await connected(t, port)).echo('hello')
      await eventually('both new sessions have a keepalive timer', () => keepaliveTimers(port) === 2)
    },
  )

  await t.test('UDP flows stay with their server while it is removed, and under another frontend', async (t) => {
    const servers = await Promise.all(['a', 'b'].map((name) => UdpServer.start(name)))
    t.teardown(() => Promise.all(servers.map((server) => server.kill())))
    const port = await freeUdpPort()
    const config = (frontend: string, some: readonly UdpServer[]) =>
      text({ frontend, listen: `udp://127.0.0.1:${port}`, servers: some.map((server) => at(server.name, server)) })
    const daemon = await started(t, engine, config('in', servers))
    const clients = await Promise.all(Array.from({ length: 20 }, (_, i) => UdpClient.open(i, port)))
    t.teardown(() => {
      for (const client of clients) client.close()
    })
    const first = await Promise.all(clients.map((client) => client.ask()))
    t.same([...new Set(first)].sort(), ['a', 'b'])
    daemon.edit(config('in', servers.slice(1)))
    await daemon.ask('reload')
    t.same(await Promise.all(clients.map((client) => client.ask())), first)
    daemon.edit(config('other', servers.slice(1)))
    await daemon.ask('reload')
    t.same(await Promise.all(clients.map((client) => client.ask())), first)
    const late = await UdpClient.open(99, port)
    t.equal(await late.ask(), 'b', 'new flows go where they now should')
    late.close()
  })

  await t.test('a bad config changes nothing and says why, on the socket and in the log', async (t) => {
    const [one] = await echoServers(t, 1)
    if (!one) throw new Error('a server was asked for')
    const good = text({ servers: [at('one', one)] })
    const daemon = await started(t, engine, good)
    const client = await connected(t, await daemon.port('in'))
    const before = await daemon.status()
    const refused = async (why: RegExp) => {
      const mark = daemon.program.lines.length
      t.match(await daemon.command('reload'), { code: 1, stdout: '', stderr: why })
      const told = await daemon.logged(({ event }) => event === 'reload-refused', 5_000, mark)
      t.match(told.why, why)
      t.match(told.by, /^runtime-api/)
    }
    daemon.edit(good.replace('"db"', '"bd"'))
    await refused(
      /headgate\.toml:\d+: frontends\.in\.backend: found "bd", expected the name of a backend.*did you mean "?db/,
    )
    daemon.edit(good.replace('policy =', 'policy'))
    await refused(/headgate\.toml:\d+: found ", expected = and a value/)
    daemon.edit(`${good}[frontends.taken]\nlisten = "tcp://127.0.0.1:${one.port}"\nbackend = "db"\n`)
    await refused(/cannot bind tcp:\/\/127\.0\.0\.1:\d+ of frontend taken: the address is in use/)
    t.match(JSON.parse(await daemon.ask('reload json')), { error: /cannot bind/, errors: [] })
    rmSync(daemon.file)
    await refused(/headgate\.toml: found no such file/)
    t.equal(await client.echo('unharmed'), 'unharmed')
    const { frontends, backends } = await daemon.status()
    t.same(frontends[0]?.listeners, before.frontends[0]?.listeners)
    t.equal(backends.length, before.backends.length)
  })

  await t.test('SIGHUP reloads, and a storm of them ends with the last config', async (t) => {
    const [one] = await echoServers(t, 1)
    if (!one) throw new Error('a server was asked for')
    const daemon = await started(t, engine, text({ servers: [at('one', one)] }))
    for (let weight = 1; weight <= 20; weight++) {
      daemon.edit(text({ servers: [at('one', one, `, weight = ${weight}`)] }))
      daemon.program.kill('SIGHUP')
    }
    const weight = async () => (await daemon.status()).backends[0]?.servers[0]?.weight.set
    await eventually('the last weight', async () => (await weight()) === 20)
    t.notOk(daemon.log.some(({ event }) => event === 'reload-refused' || event === 'failure'))
  })
}

t.test('--watch follows edits, however an editor makes them', async (t) => {
  const [one] = await echoServers(t, 1)
  if (!one) throw new Error('a server was asked for')
  const daemon = await Daemon.start(text({ servers: [at('one', one)] }), { arguments: ['--watch'] })
  t.teardown(() => daemon.stop())
  const weight = async () => (await daemon.status()).backends[0]?.servers[0]?.weight.set
  daemon.edit(text({ servers: [at('one', one, ', weight = 11')] }))
  await eventually('renamed over', async () => (await weight()) === 11)
  writeFileSync(daemon.file, readFileSync(daemon.file, 'utf8').replace('weight = 11', 'weight = 12'))
  await eventually('written in place', async () => (await weight()) === 12)
  await daemon.logged(({ changes }) => Array.isArray(changes) && changes.some((change) => change.endsWith('→ 12')))
  t.match(
    daemon.log.filter(({ event }) => event === 'reload'),
    [
      { by: '--watch', count: 1 },
      { by: '--watch', count: 1, changes: ['~ server db/one weight 11 → 12'] },
    ],
  )
})

/** Accepted sockets of this port whose keepalive timer (2) runs: proc_net_tcp(5), field `tr`. */
function keepaliveTimers(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  return rows.filter((row) => {
    const [, address = '', , state, , timer = ''] = row.trim().split(/\s+/)
    return address.endsWith(local) && state === '01' && timer.startsWith('02')
  }).length
}
