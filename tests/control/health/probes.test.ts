import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PROBES } from '../../../src/control/health/probes/list.js'
import { socketFailure } from '../../../src/control/health/probes/socket-failure.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { CheckSettings } from '../../../src/control/health/settings.js'
import type { Address } from '../../../src/core/address.js'
import { freePort, freeUdpPort } from '../../support/free-port.js'
import { Program } from '../../support/program.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const TCP: CheckSettings = { type: 'tcp', ...SCHEDULE }
const UDP: CheckSettings = { type: 'udp', ...SCHEDULE, send: Buffer.from('hello') }

const at = (port: number): Address => ({ family: 4, host: '127.0.0.1', port })
const report = (target: Address, settings: CheckSettings) => startProbe(target, undefined, settings, Date.now).report

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

async function tcpServer(t: Test, onConnection: (socket: Socket) => void, allowHalfOpen = false) {
  const server = createServer({ allowHalfOpen }, onConnection).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  return { server, port }
}

async function udpServer(t: Test, answer: (message: Buffer) => Buffer | undefined) {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.on('message', (message, from) => {
    const reply = answer(message)
    if (reply) socket.send(reply, from.port, from.address)
  })
  t.teardown(() => socket.close())
  return socket.address().port
}

t.test('every probe has a type of its own and a line of summary', async (t) => {
  t.equal(new Set(PROBES.map(({ type }) => type)).size, PROBES.length)
  for (const { type, summary } of PROBES) t.match(summary, /\w/, type)
})

t.test('a TCP probe passes at an open port and ends with a FIN, unread greeting or not', async (t) => {
  const ends: Promise<string>[] = []
  const { port, server } = await tcpServer(t, (socket) => {
    socket.write('a greeting that nobody waits for')
    socket.resume()
    ends.push(
      new Promise((resolve) =>
        socket.once('error', ({ message }) => resolve(message)).once('end', () => resolve('FIN')),
      ),
    )
  })
  const connected = once(server, 'connection')
  const { durationMs, at: when, ...finding } = await report(at(port), TCP)
  t.same(finding, { passed: true, code: 'L4OK', reason: 'passed', words: `connected to 127.0.0.1:${port}` })
  t.ok(durationMs > 0 && durationMs < 2_000)
  t.ok(Math.abs(when - Date.now()) < 2_000)
  await connected
  t.same(await Promise.all(ends), ['FIN'])
})

t.test('a server that keeps its side open is left when the time is up', async (t) => {
  const { port, server } = await tcpServer(t, (socket) => socket.resume(), true)
  const [report] = await Promise.all([
    startProbe(at(port), undefined, { ...TCP, timeoutMs: 100 }, Date.now).report,
    once(server, 'connection').then(async ([socket]: Socket[]) => {
      if (!socket) throw new Error('no connection')
      await once(socket, 'end')
      // only once the probe has closed its own side whole does a byte meet a reset
      const wrote = performance.now()
      const gone = new Promise((resolve) => socket.once('close', resolve))
      socket.on('error', () => {})
      const writing = setInterval(() => socket.write('x'), 10)
      await gone
      clearInterval(writing)
      t.ok(performance.now() - wrote < 1_000)
    }),
  ])
  t.ok(report.passed)
})

t.test('a refused TCP connect says so at once', async (t) => {
  const port = await freePort()
  t.match(await report(at(port), TCP), {
    passed: false,
    code: 'L4CON',
    words: `connection refused by 127.0.0.1:${port}`,
  })
})

t.test('a connect without an answer ends at its timeout', async (t) => {
  // a full accept queue drops the next SYN: the one loopback way to be met by silence
  const { port, stop } = await silentPort()
  t.teardown(stop)
  const began = performance.now()
  const finding = await report(at(port), { ...TCP, timeoutMs: 150 })
  t.match(finding, { passed: false, code: 'L4TOUT', words: `no answer from 127.0.0.1:${port} within 150ms` })
  t.ok(performance.now() - began < 1_000)
})

async function silentPort() {
  const script = `const server = require('net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('fs').writeSync(1, String(server.address().port))
      process.kill(process.pid, 'SIGSTOP')
    })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = await once(child.stdout, 'data')
  const port = Number(text)
  const fillers = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await Promise.all(fillers.slice(0, 2).map((socket) => once(socket, 'connect')))
  return {
    port,
    stop: () => {
      for (const socket of fillers) socket.destroy()
      child.kill('SIGKILL')
    },
  }
}

t.test('a TCP probe reaches a unix socket, and says when there is none', async (t) => {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const path = join(folder.path, 's')
  const server = createServer((socket) => socket.resume().end()).listen(path)
  await once(server, 'listening')
  t.teardown(() => server.close())
  t.match(await report({ family: 'unix', path }, TCP), {
    passed: true,
    code: 'L4OK',
    words: `connected to unix:${path}`,
  })
  const gone = `${path}-gone`
  const words = `no socket at unix:${gone}`
  t.match(await report({ family: 'unix', path: gone }, TCP), { passed: false, code: 'L4CON', words })
})

t.test("a check's own port is probed in place of the server's", async (t) => {
  const { port } = await tcpServer(t, (socket) => socket.resume().end())
  t.match(await report(at(await freePort()), { ...TCP, port }), { passed: true })
})

t.test('a probe comes from the source address of the backend', async (t) => {
  const { port, server } = await tcpServer(t, (socket) => socket.resume().end())
  const connection = once(server, 'connection')
  const source = { family: 4, host: '127.0.0.9', port: 0 } as const
  t.match(await startProbe(at(port), source, TCP, Date.now).report, { passed: true })
  const [socket] = await connection
  t.equal(socket.remoteAddress, '127.0.0.9')
})

t.test('a UDP probe passes on a reply that begins as expected', async (t) => {
  const port = await udpServer(t, (message) => Buffer.from(`re: ${message}`))
  t.match(await report(at(port), UDP), { passed: true, code: 'L7OK', words: `reply of 9 bytes from 127.0.0.1:${port}` })
  t.match(await report(at(port), { ...UDP, expect: Buffer.from('re: h') }), { passed: true, code: 'L7OK' })
})

t.test('a UDP reply that begins otherwise is shown', async (t) => {
  const port = await udpServer(t, () => Buffer.from('\x00no\\'))
  t.match(await report(at(port), { ...UDP, expect: Buffer.from('yes') }), {
    passed: false,
    code: 'L7RSP',
    words: `unexpected reply from 127.0.0.1:${port}: "\\x00no\\x5c", expected it to begin with "yes"`,
  })
})

t.test('a long UDP reply is shown in part', async (t) => {
  const port = await udpServer(t, () => Buffer.alloc(40, 'a'))
  const { words } = await report(at(port), { ...UDP, expect: Buffer.from('b') })
  t.match(words, `"${'a'.repeat(32)}"… (40 bytes)`)
})

t.test('a refused datagram and a silent server are told apart', async (t) => {
  const refusing = await freeUdpPort()
  t.match(await report(at(refusing), UDP), {
    passed: false,
    code: 'L4CON',
    words: `datagram refused by 127.0.0.1:${refusing} (port unreachable)`,
  })
  const silent = await udpServer(t, () => undefined)
  t.match(await report(at(silent), { ...UDP, timeoutMs: 50 }), {
    passed: false,
    code: 'L7TOUT',
    words: `no reply from 127.0.0.1:${silent} within 50ms`,
  })
})

t.test('a datagram probe of a unix socket fails in words', async (t) => {
  t.match(await report({ family: 'unix', path: '/x' }, UDP), {
    passed: false,
    words: 'unix:/x is a stream: it takes no datagrams',
  })
})

t.test('want of descriptors on this machine is no verdict on the server', async (t) => {
  const error = Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' })
  t.match(socketFailure(error, at(1)), {
    passed: false,
    code: 'SOCKERR',
    words: /^127.0.0.1:1 could not be probed: EMFILE/,
  })
  t.match(socketFailure(new Error('odd'), at(1)), { code: 'L4CON', words: 'cannot connect to 127.0.0.1:1: odd' })
})

t.test('a thousand probes of every outcome leave no descriptor', { skip: noProc() }, async (t) => {
  const open = await tcpServer(t, (socket) => socket.resume().end('bye'))
  const echo = await udpServer(t, (message) => message)
  const mute = await udpServer(t, () => undefined)
  const [closed, closedUdp] = [await freePort(), await freeUdpPort()]
  const short = { timeoutMs: 20 }
  const round = () =>
    Promise.all([
      report(at(open.port), TCP),
      report(at(closed), TCP),
      report(at(echo), UDP),
      report(at(closedUdp), UDP),
      report(at(mute), { ...UDP, ...short }),
    ])
  await round()
  const before = openDescriptors()
  for (let i = 0; i < 200; i++) await round()
  while (openDescriptors() > before) await new Promise((resolve) => setImmediate(resolve))
  t.equal(openDescriptors(), before)
})

t.test('cancelled probes leave no descriptor', { skip: noProc() }, async (t) => {
  const mute = await udpServer(t, () => undefined)
  const { port, stop } = await silentPort()
  t.teardown(stop)
  const before = openDescriptors()
  for (const target of [
    () => startProbe(at(mute), undefined, UDP, Date.now),
    () => startProbe(at(port), undefined, TCP, Date.now),
  ]) {
    const probes = Array.from({ length: 50 }, target)
    for (const probe of probes) probe.cancel()
    await Promise.all(probes.map(({ report }) => report))
  }
  while (openDescriptors() > before) await new Promise((resolve) => setImmediate(resolve))
  t.equal(openDescriptors(), before)
})

function noProc(): string | false {
  return process.platform === 'linux' ? false : 'counts descriptors in /proc'
}

t.test('probes without a descriptor left say so, and hang on to nothing', { skip: noProc() }, async (t) => {
  const child = new URL('./probes-without-descriptors.ts', import.meta.url).pathname
  const run = Program.start('sh', ['-c', `ulimit -n 256; exec "${process.execPath}" --import tsx "${child}"`])
  const reports = JSON.parse(await run.line(/^\[/)) as { code: string; words: string }[] // the child prints reports
  t.same(
    reports.map(({ code }) => code),
    Array.from({ length: 8 }, () => 'SOCKERR'),
  )
  t.match(reports[0], {
    words: '127.0.0.1:9 could not be probed: EMFILE on this machine (raise its limit of open files)',
  })
  t.match(await run.exited, { code: 0 })
})

/** A network namespace goes with the process that it was made for. */
const inNamespace = (command: string) => ['-rn', 'sh', '-c', command]
const TWO_PORTS = 'ip link set lo up && echo 50000 50001 >/proc/sys/net/ipv4/ip_local_port_range'

function noNamespace(): string | false {
  const { status } = spawnSync('unshare', inNamespace(TWO_PORTS), { stdio: 'ignore' })
  return status === 0 ? false : 'may make no network namespace here'
}

t.test(
  'probes without a local port left are no verdict; a source that is not ours is told',
  { skip: noNamespace() },
  async (t) => {
    const child = new URL('./probes-without-ports.ts', import.meta.url).pathname
    const probe = `${TWO_PORTS} && exec "${process.execPath}" --import tsx "${child}"`
    const run = Program.start('unshare', inNamespace(probe))
    const reports = JSON.parse(await run.line(/^\[/)) as { code: string; words: string }[] // the child prints reports
    const shortage = (code: string) =>
      `127.0.0.1:9 could not be probed: ${code} on this machine (no local port is free: net.ipv4.ip_local_port_range)`
    const notOurs = { code: 'L4CON', words: 'no local address to reach 127.0.0.1:9 from' }
    t.match(reports, [
      { code: 'SOCKERR', words: shortage('EADDRNOTAVAIL') },
      { code: 'SOCKERR', words: shortage('EADDRINUSE') },
      { code: 'SOCKERR', words: shortage('EADDRINUSE') },
      { code: 'SOCKERR', words: shortage('EADDRINUSE') },
      notOurs,
      notOurs,
    ])
    t.match(await run.exited, { code: 0 })
  },
)

t.test('EAGAIN is want of a local port, and of a unix socket a full accept queue', async (t) => {
  const error = Object.assign(new Error('connect EAGAIN'), { code: 'EAGAIN', syscall: 'connect' })
  t.match(socketFailure(error, at(1)), { code: 'SOCKERR', reason: 'no-resources' })
  t.match(socketFailure(error, { family: 'unix', path: '/s' }), { code: 'L4CON', reason: 'connect-error' })
})
