/** Agents and commands as checks, under a running daemon: what they say holds for the very next session. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { isAlive } from '../support/processes.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

/** An agent that says what it is told to; while it is undefined, it closes without a word. */
async function startAgent(t: Test) {
  const agent: { says: string | undefined; port: number } = { says: 'up', port: 0 }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(agent.says === undefined ? '' : `${agent.says}\n`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  agent.port = (server.address() as AddressInfo).port // a listening TCP server's address is never a string
  return agent
}

for (const engine of ENGINES) {
  t.test(engine, { skip: skipEngine(engine) }, async (t) => {
    const servers = [await startEchoServer(), await startEchoServer()] as const
    const agents = [await startAgent(t), await startAgent(t)] as const
    const daemon = await Daemon.start(
      `[frontends.front]
       listen = "tcp://127.0.0.1:0"
       backend = "back"
       [backends.back]
       check = { type = "tcp", interval = "50ms", timeout = "10s" }
       agent = { port = ${agents[0].port}, interval = "20ms", timeout = "10s" }
       servers = [
         { name = "one", address = "127.0.0.1:${servers[0].port}" },
         { name = "two", address = "127.0.0.1:${servers[1].port}" },
       ]`,
      { runtime: `engine = "${engine}"\nworkers = 1\nmetrics = "127.0.0.1:0"` },
    )
    t.teardown(async () => {
      await daemon.stop('SIGINT')
      await Promise.all(servers.map((server) => server.close()))
    })
    const port = await daemon.port('front')
    const [one, two] = agents
    await daemon.ask(`set server back/two agent-port ${two.port}`)

    /** How many of so many sessions, one after the other, each server got. */
    const share = async (count: number) => {
      const before = await totals()
      for (let i = 0; i < count; i++) {
        const client = await TcpClient.connect(port)
        await client.echo('x')
        await client.close()
      }
      const after = await totals()
      return after.map((total, i) => total - (before[i] ?? 0))
    }
    const totals = async () => (await daemon.status()).backends[0]?.servers.map(({ sessions }) => sessions.total) ?? []
    const server = async () => {
      const [first] = (await daemon.status()).backends[0]?.servers ?? []
      if (!first) throw new Error('no server')
      return first
    }
    const says = async (words: string | undefined, holds: () => Promise<boolean>) => {
      one.says = words
      await eventually(`${words} holds`, holds)
    }

    await t.test('a percentage is a share of the sessions', async (t) => {
      await says('25%', async () => (await server()).weight.effective === 25)
      t.same(await share(50), [10, 40])
      t.equal((await server()).weight.set, 100)
      await says('100%', async () => (await server()).weight.effective === 100)
    })

    await t.test('drain takes no new sessions, ready does again', async (t) => {
      await says('drain', async () => (await server()).admin === 'drain')
      t.same(await share(10), [0, 10])
      await says('ready', async () => (await server()).admin === 'ready')
      t.same(await share(10), [5, 5])
      await daemon.logged(({ event, by, to }) => event === 'admin-state' && by === 'agent' && to === 'ready')
    })

    await t.test('down holds while the check passes and the agent is gone, until it says up', async (t) => {
      await says('down # night shift', async () => (await server()).health === 'down')
      const line = await daemon.logged(({ event }) => event === 'server-down')
      t.match(line, { server: 'one', probe_reason: 'says-down', why: /says "down # night shift"$/ })
      one.says = undefined
      t.match(await daemon.logged(({ event }) => event === 'agent-silent'), { server: 'one' })
      t.same(await share(10), [0, 10])
      const why = await daemon.command('why', 'back/one')
      t.match(why.stdout, /^back\/one is DOWN \(agent\): takes no new sessions\n/)
      t.match(why.stdout, /agent at 127\.0\.0\.1:\d+ says "down # night shift", .* ago: closed, /s)
      await says('up', async () => (await server()).health === 'up')
      await daemon.logged(({ event }) => event === 'agent-answers')
    })

    await t.test('metrics tell of probes and agents', async (t) => {
      const startup = await daemon.logged(({ event }) => event === 'startup')
      const text = await (await fetch(`http://${startup.metrics}/metrics`)).text()
      t.match(text, /^headgate_server_agent_up\{backend="back",server="one"\} 1$/m)
      t.match(text, /^headgate_server_agent_failures_total\{backend="back",server="one",reason="closed"\} \d+$/m)
      await servers[0].close()
      await daemon.logged(
        ({ event, server, probe_reason }) => event === 'server-down' && server === 'one' && probe_reason === 'refused',
      )
      const later = await (await fetch(`http://${startup.metrics}/metrics`)).text()
      t.match(later, /^headgate_server_probe_failures_total\{backend="back",server="one",reason="refused"\} \d+$/m)
    })

    await t.test('probe tells why, and the exit code says so', async (t) => {
      const good = await daemon.command('probe', 'back/two')
      t.match(good, { code: 0, stdout: /connected\n.*passed, L4OK: connected to/ })
      t.match(await daemon.command('probe', 'back/one'), { code: 1, stdout: /failed, L4CON refused: / })
    })
  })

  t.test(
    `${engine}: an upgrade remembers what an agent said`,
    { skip: engine === 'linux' ? skipEngine(engine) : 'the portable engine has no upgrade' },
    async (t) => {
      const server = await startEchoServer()
      const agent = await startAgent(t)
      const daemon = await Daemon.start(
        `[frontends.front]
       listen = "tcp://127.0.0.1:0"
       backend = "back"
       [backends.back]
       check = { type = "tcp", interval = "20ms", timeout = "10s", rise = 1 }
       agent = { port = ${agent.port}, interval = "20ms", timeout = "10s" }
       servers = [{ name = "one", address = "127.0.0.1:${server.port}" }]`,
        { runtime: `engine = "${engine}"\nworkers = 1` },
      )
      t.teardown(async () => {
        for (const { event, pid } of daemon.log) {
          if (event === 'startup' && isAlive(Number(pid))) process.kill(Number(pid), 'SIGTERM')
        }
        await daemon.stop('SIGINT')
        await server.close()
      })
      const status = async () => (await daemon.status()).backends[0]?.servers[0]?.status
      agent.says = 'down'
      await eventually('it is down', async () => (await status()) === 'DOWN (agent)')
      agent.says = undefined
      await daemon.logged(({ event }) => event === 'agent-silent')
      t.equal((await daemon.command('upgrade')).code, 0)
      const probes = async () => (await daemon.status()).backends[0]?.servers[0]?.check?.last
      await eventually('the new generation has probed it', async () => (await probes())?.passed === true)
      t.equal(await status(), 'DOWN (agent)')
      agent.says = 'up'
      await eventually('it is up', async () => (await status()) === 'UP')
    },
  )

  t.test(`${engine}: a command as the check`, { skip: skipEngine(engine) }, async (t) => {
    const descriptors = 'ls -l /proc/self/fd | grep -E " ([3-9]|[0-9]{2,}) -> " | grep -v "/proc/\\|pipe:"'
    const daemon = await Daemon.start(
      `[frontends.front]
       listen = "tcp://127.0.0.1:0"
       backend = { good = 1, hangs = 1, missing = 1, open = 1 }
       [backends.good]
       check = { type = "exec", command = ["/bin/sh", "-c", "echo role=primary $HEADGATE_BACKEND/$HEADGATE_SERVER"], timeout = "10s" }
       servers = [{ name = "s", address = "127.0.0.1:1" }]
       [backends.hangs]
       check = { type = "exec", command = ["/bin/sleep", "600"], interval = "50ms", timeout = "100ms", fall = 1 }
       servers = [{ name = "s", address = "127.0.0.1:1" }]
       [backends.missing]
       check = { type = "exec", command = ["/no/such/check"], interval = "50ms" }
       servers = [{ name = "s", address = "127.0.0.1:1" }]
       [backends.open]
       check = { type = "exec", command = ["/bin/sh", "-c", '''${descriptors}; true'''], timeout = "10s" }
       servers = [{ name = "s", address = "127.0.0.1:1" }]`,
      { runtime: `engine = "${engine}"\nmetrics = "127.0.0.1:0"` },
    )
    t.teardown(() => daemon.stop('SIGINT'))
    const down = await daemon.logged(({ event }) => event === 'server-down')
    t.match(down, { backend: 'hangs', probe_reason: 'no-answer', why: /killed, for it had not ended within 100ms/ })
    const misconfigured = await daemon.logged(({ event }) => event === 'probe-misconfigured')
    t.match(misconfigured, {
      backend: 'missing',
      why: '/no/such/check cannot be run: no such file, or its interpreter is not there',
    })
    const lines = daemon.log.filter(({ event }) => event === 'probe-misconfigured')
    t.equal(lines.length, 1, 'said once')
    const probed = await daemon.command('probe', 'good/s', '--json')
    t.match(JSON.parse(probed.stdout), { words: 'role=primary good/s', database: { role: 'primary' } })
    const open = JSON.parse((await daemon.command('probe', 'open/s', '--json')).stdout)
    t.equal(open.words, '/bin/sh ended with exit code 0', 'it has no descriptor of the daemon')
  })
}
