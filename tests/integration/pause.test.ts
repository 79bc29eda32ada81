/** New sessions of a paused backend wait, and flow when it is resumed: the whole daemon, with workers of its own. */
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { discrepancies } from '../support/conservation.js'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { TcpClient } from '../support/tcp-client.js'

/** Answers with what the client said first, and notes who came in which order. */
async function startServer(t: Test, port = 0) {
  const order: string[] = []
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    socket.once('data', (data) => {
      order.push(String(data))
      socket.end(`served ${data}`)
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    for (const socket of open) socket.destroy()
    if (server.listening) await once(server.close(), 'close')
  }
  t.teardown(close)
  // a listening TCP server's address is never a string
  return { port: (server.address() as AddressInfo).port, order, close }
}

interface Options {
  readonly port: number
  readonly engine: Engine
  readonly keys?: string
  readonly server?: string
  readonly workers?: number
}

async function start(t: Test, { port, engine, keys = '', server = '', workers = 1 }: Options) {
  const sections = `
[frontends.db]
listen = "tcp://127.0.0.1:0"
backend = "pg"
[backends.pg]
check = { type = "tcp", interval = "50ms", timeout = "200ms", rise = 1, fall = 1 }
${keys}
servers = [{ name = "r1", address = "127.0.0.1:${port}"${server} }]
`
  const daemon = await Daemon.start(sections, { runtime: `engine = "${engine}"\nworkers = ${workers}` })
  t.teardown(() => daemon.stop())
  const at = await daemon.port('db')
  const backend = async () => {
    const [found] = (await daemon.status()).backends
    if (!found) throw new Error('there is one')
    return found
  }
  const untilWaiting = (count: number) =>
    eventually(`${count} wait`, async () => (await backend()).waiting.now === count)
  return { daemon, port: at, backend, untilWaiting }
}

/** Connects, says its name, and resolves with the answer, or with the errno name; and how long it took. */
function talk(port: number, name: string) {
  const socket = createConnection(port, '127.0.0.1', () => socket.write(name))
  const beganAt = performance.now()
  const ended = new Promise<{ answer: string; tookMs: number }>((resolve) => {
    let answer = ''
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      answer ||= error.code ?? error.message
    })
    socket.on('close', () => resolve({ answer, tookMs: performance.now() - beganAt }))
  })
  return { socket, ended }
}

for (const engine of ENGINES) {
  t.test(`the ${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
    await t.test('100 sessions that come in a pause wait, and flow in their order', async (t) => {
      const server = await startServer(t)
      const { daemon, port, backend, untilWaiting } = await start(t, { engine, port: server.port })
      const pause = await daemon.command('pause', 'pg', '--timeout', '30s')
      t.match(pause.stdout, /^pg: open → paused for 30s at most/)
      const names = Array.from({ length: 100 }, (_, i) => `c${i}`)
      const talks = []
      for (const [i, name] of names.entries()) {
        talks.push(talk(port, name))
        if (i % 10 === 0) await untilWaiting(i + 1)
        else await once(talks.at(-1)?.socket ?? t, 'connect')
      }
      await untilWaiting(100)
      t.equal(server.order.length, 0, 'nobody got a server')
      t.strictSame(discrepancies(await daemon.status()), [])
      t.match(await daemon.ask('show stat'), /^pg,BACKEND,100,100,/m, 'qcur and qmax')
      t.match((await daemon.command('sessions')).stdout, /pg: waiting/)
      const [first] = JSON.parse((await daemon.command('sessions', '--json')).stdout)
      t.ok(first.waitingMs > 0)

      const resume = await daemon.command('resume', 'pg')
      t.match(resume.stdout, /^pg: paused → open, 100 sessions waited\./)
      const resumedAt = performance.now()
      const answers = await Promise.all(talks.map(({ ended }) => ended))
      t.ok(performance.now() - resumedAt < 2_000, `all flowed within ${(performance.now() - resumedAt).toFixed(0)} ms`)
      t.strictSame(
        answers.map(({ answer }) => answer),
        names.map((name) => `served ${name}`),
      )
      t.strictSame(server.order, names)
      t.match(await daemon.logged(({ event }) => event === 'paused'), { backend: 'pg', deadline_ms: 30_000 })
      t.match(await daemon.logged(({ event }) => event === 'resumed'), { backend: 'pg', waiting: 100 })
      const line = await daemon.logged(({ event }) => event === 'session')
      t.ok(Number(line.wait_ms) > 0 && Number(line.connect_ms) < Number(line.wait_ms), 'the log tells them apart')
      t.match((await backend()).waiting, { now: 0, peak: 100, waited: 100 })
      t.strictSame(discrepancies(await daemon.status()), [])
    })

    await t.test('one more than max_waiting is reset at once, over all workers together', async (t) => {
      const server = await startServer(t)
      const workers = engine === 'linux' ? 2 : 1
      const options = { engine, port: server.port, keys: 'max_waiting = 20', workers }
      const { daemon, port, untilWaiting } = await start(t, options)
      await daemon.command('pause', 'pg')
      const talks = Array.from({ length: 30 }, (_, i) => talk(port, `c${i}`))
      await untilWaiting(20)
      const refused = talks.map(({ ended }) => ended)
      await daemon.logged(({ reason }) => reason === 'queue-full')
      await eventually('ten were refused', async () => (await daemon.status()).frontends[0]?.refused.queueFull === 10)
      await daemon.command('resume', 'pg')
      const answers = (await Promise.all(refused)).map(({ answer }) => answer.split(' ')[0])
      t.equal(answers.filter((word) => word === 'served').length, 20)
      t.equal(answers.filter((word) => word === 'ECONNRESET').length, 10)
      t.strictSame(discrepancies(await daemon.status()), [])
    })

    await t.test('a pause that nobody ends ends by itself', async (t) => {
      const server = await startServer(t)
      const { daemon, port, untilWaiting, backend } = await start(t, { engine, port: server.port })
      await daemon.command('pause', 'pg', '--timeout', '600ms')
      const { ended } = talk(port, 'a')
      await untilWaiting(1)
      const { answer, tookMs } = await ended
      t.equal(answer, 'served a')
      t.ok(tookMs < 1_600, `after ${tookMs.toFixed(0)} ms`)
      t.match(await daemon.logged(({ event }) => event === 'pause-timeout'), { backend: 'pg', waiting: 1 })
      t.equal((await backend()).pause, null)
      t.match((await daemon.command('audit')).stdout, /pause +600ms +none +timeout/)
    })

    await t.test('clients that leave and sessions that are killed while they wait', async (t) => {
      const server = await startServer(t)
      const { daemon, port, untilWaiting } = await start(t, { engine, port: server.port })
      await daemon.command('pause', 'pg')
      const [left, ended, killed, stays] = ['left', 'ended', 'killed', 'stays'].map((name) => talk(port, name))
      await untilWaiting(4)
      left?.socket.resetAndDestroy()
      await untilWaiting(3)
      ended?.socket.end()
      await untilWaiting(2)
      const sessions = JSON.parse((await daemon.command('sessions', '--json')).stdout)
      const one = sessions.find(({ client }: { client: string }) => client.endsWith(`:${killed?.socket.localPort}`))
      t.equal((await daemon.command('kill', one.id)).code, 0)
      t.match(await killed?.ended, { answer: 'ECONNRESET' })
      await daemon.command('resume', 'pg')
      t.match(await stays?.ended, { answer: 'served stays' })
      const { frontends } = await daemon.status()
      t.match(frontends[0], { clientGone: 2, refused: { noServer: 1 } })
      t.strictSame(discrepancies(await daemon.status()), [])
    })

    await t.test(
      'resumed before the check knows of the server: sessions wait for it, and are not refused',
      async (t) => {
        const first = await startServer(t)
        const { daemon, port, untilWaiting } = await start(t, { engine, port: first.port })
        await daemon.command('pause', 'pg')
        await first.close()
        await daemon.logged(({ event }) => event === 'server-down')
        const early = talk(port, 'early')
        await untilWaiting(1)
        t.match((await daemon.command('resume', 'pg')).stdout, /It has no server in rotation: they wait on for one/)
        const late = talk(port, 'late')
        await untilWaiting(2)
        await startServer(t, first.port)
        t.match(await early.ended, { answer: 'served early' })
        t.match(await late.ended, { answer: 'served late' })
        t.strictSame(discrepancies(await daemon.status()), [])
      },
    )

    await t.test(
      'on_no_server = "wait": a server that comes back serves who waited; who waits in vain is refused',
      async (t) => {
        const first = await startServer(t)
        const keys = 'on_no_server = "wait 2s"'
        const { daemon, port, untilWaiting } = await start(t, { engine, port: first.port, keys })
        await first.close()
        // the check has yet to notice some of it: connects that are refused wait as well
        const talks = Array.from({ length: 20 }, (_, i) => talk(port, `c${i}`))
        await untilWaiting(20)
        const again = await startServer(t, first.port)
        const answers = await Promise.all(talks.map(({ ended }) => ended))
        t.ok(answers.every(({ answer }) => answer.startsWith('served ')))
        await again.close()
        await daemon.logged(({ event }) => event === 'server-down', 5_000, daemon.program.lines.length)
        const { answer, tookMs } = await talk(port, 'in vain').ended
        t.equal(answer, 'ECONNRESET')
        t.ok(tookMs > 1_900 && tookMs < 4_000, `${tookMs.toFixed(0)} ms`)
        t.equal((await daemon.status()).frontends[0]?.refused.waitTimeout, 1)
        t.strictSame(discrepancies(await daemon.status()), [])
      },
    )

    await t.test('a full server takes those who wait one by one, as its sessions end', async (t) => {
      const server = await startServer(t)
      const options = { engine, port: server.port, keys: 'on_no_server = "wait 10s"', server: ', max_sessions = 2' }
      const { daemon, port, backend } = await start(t, options)
      const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => talk(port, `c${i}`).ended))
      t.ok(
        answers.every(({ answer }) => answer.startsWith('served ')),
        'nobody was refused',
      )
      t.ok(((await backend()).servers[0]?.sessions.peak ?? 9) <= 2, 'the limit held')
      t.ok((await backend()).waiting.waited > 0)
      t.strictSame(discrepancies(await daemon.status()), [])
    })

    await t.test('a reload keeps the pause; there is no upgrade; a stop cuts who still waits', async (t) => {
      const server = await startServer(t)
      const { daemon, port, untilWaiting, backend } = await start(t, { engine, port: server.port })
      await daemon.command('pause', 'pg', '--timeout', '10m')
      const waiting = await TcpClient.connect(port)
      await untilWaiting(1)
      daemon.edit(`${daemon.config.slice(daemon.config.indexOf('[frontends.db]')).replace('max_waiting', '')}
[backends.other]
servers = [{ name = "o1", address = "127.0.0.1:1" }]
`)
      t.equal((await daemon.command('reload')).code, 0)
      t.match((await backend()).pause, { state: 'paused', timeoutMs: 600_000 })
      t.equal((await backend()).waiting.now, 1)
      if (engine === 'linux') {
        const upgrade = await daemon.command('upgrade')
        t.equal(upgrade.code, 1)
        t.match(upgrade.stderr, /backend pg is paused: resume it first/)
      }
      const stopping = daemon.stop('SIGINT')
      t.equal(await waiting.ended, 'ECONNRESET')
      t.match(await stopping, { code: 0 })
    })
  })
}
