/**
 * Upgrades headgate many times in a row under TCP and UDP load, and fails when a connection was refused or reset, a
 * datagram or a flow lost, or a process left behind. usage: npm run upgrades [-- UPGRADES], 20 unless said otherwise
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Daemon } from '../../tests/support/daemon.js'
import { eventually } from '../../tests/support/eventually.js'
import { childrenOf, holdings, isAlive } from '../../tests/support/processes.js'
import { startEchoServer } from '../../tests/support/tcp-server.js'
import { UdpLoad } from '../../tests/support/udp-load.js'
import { UdpServer } from '../../tests/support/udp-server.js'
import { TcpLoad } from '../../tests/support/upgrade-load.js'
import '../exit-on-signal.js'

const FRESH = 16
const KEPT = 32
const UDP_CLIENTS = 400
const ASKERS = 8
/** Between two upgrades, so that each meets a load in full swing. */
const BREATH_MS = 300

const upgrades = Number(process.argv[2] ?? 20)
const echo = await startEchoServer()
const servers = await Promise.all(['a', 'b', 'c'].map((name) => UdpServer.start(name)))
const daemon = await Daemon.start(config(), { runtime: 'engine = "linux"\nworkers = 2\nstop_timeout = "100ms"' })
const tcp = new TcpLoad(await daemon.port('echo'), FRESH, KEPT)
const udp = await UdpLoad.start(await daemon.port('game'), UDP_CLIENTS, ASKERS)

const pids = [daemon.program.pid]
const took: number[] = []
const first = heldBy(daemon.program.pid)
for (let i = 0; i < upgrades; i++) {
  await pause(BREATH_MS)
  const began = performance.now()
  const { code, stdout, stderr } = await daemon.command('upgrade')
  took.push(Math.round(performance.now() - began))
  if (code !== 0) throw new Error(`upgrade ${i + 1}: ${stderr}`)
  pids.push(Number(/runs as generation \d+, pid (\d+)/.exec(stdout)?.[1]))
}
await pause(BREATH_MS)
const present = pids.at(-1) ?? 0
const last = heldBy(present)
const { sessions } = await daemon.status()
await Promise.all([tcp.stop(), udp.stop()])
const former = pids.slice(0, -1)
await eventually('former generations end with their last session', () => !former.some(isAlive))
const flows = (await Promise.all(servers.map((server) => server.counts()))).reduce((sum, { flows }) => sum + flows, 0)

took.sort((a, b) => a - b)
console.log(`${upgrades} upgrades, ${took[took.length >> 1]} ms each in the middle, ${took.at(-1)} ms at most
TCP: ${tcp.connections} new connections, ${tcp.messages} messages over ${KEPT} kept ones; failed: ${tcp.failures.length} ${[...new Set(tcp.failures)].join(' ')}
UDP: ${udp.answered} datagrams answered, ${udp.lost} lost, ${udp.moved} answered by another server; ${UDP_CLIENTS} clients were ${flows} flows to the servers
sessions of all generations before the load ended: ${sessions.live}
left behind of ${former.length} former generations: ${former.filter(isAlive).length}
the first held: ${first}
the last held:  ${last}`)

process.kill(present, 'SIGTERM')
await daemon.stop()
echo.close()
await Promise.all(servers.map((server) => server.kill()))
process.exit(tcp.failures.length + udp.lost + udp.moved > 0 || flows !== UDP_CLIENTS ? 1 : 0)

function heldBy(pid: number): string {
  return [pid, ...childrenOf(pid)]
    .map((one) => holdings(one))
    .map((held) => {
      const { sockets = 0, pipes = 0, others = 0 } = held?.descriptors ?? {}
      return `${Math.round((held?.rssKb ?? 0) / 1024)} MB ${sockets + pipes + others} descriptors`
    })
    .join(', ')
}

function config(): string {
  return `
[frontends.echo]
listen = "tcp://127.0.0.1:0"
backend = "echo"
[backends.echo]
servers = [{ name = "s1", address = "127.0.0.1:${echo.port}" }]

[frontends.game]
listen = "udp://127.0.0.1:0"
backend = "match"
[backends.match]
policy = "round-robin"
check = false
servers = [${servers.map(({ name, port }) => `{ name = "${name}", address = "127.0.0.1:${port}" }`).join(', ')}]
`
}
