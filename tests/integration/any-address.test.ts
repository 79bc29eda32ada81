/** 0.0.0.0 and [::] of one port, as many people write it: each takes the clients of its own family. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { freePort, freeUdpPort } from '../support/free-port.js'
import { startEchoServer } from '../support/tcp-server.js'

const echo = await startEchoServer()
t.teardown(() => echo.close())

const frontend = (name: string, listen: string, backend: string) => `
[frontends.${name}]
listen = "${listen}"
backend = "${backend}"
`
const backend = (name: string, port: number) => `
[backends.${name}]
check = false
servers = [{ name = "s1", address = "127.0.0.1:${port}" }]
`

async function start(t: Test, engine: string, sections: string): Promise<Daemon> {
  const daemon = await Daemon.start(sections, { runtime: `engine = "${engine}"\nstop_timeout = "50ms"` })
  t.teardown(() => daemon.stop())
  return daemon
}

async function accepted(daemon: Daemon): Promise<Readonly<Record<string, number>>> {
  const { frontends } = await daemon.status()
  return Object.fromEntries(frontends.map((one) => [one.name, one.accepted]))
}

async function callTcp(host: string, port: number): Promise<void> {
  const socket = connect({ host, port })
  socket.write('hello')
  await once(socket, 'data')
  socket.end()
  await once(socket, 'close')
}

function sendUdp(type: 'udp4' | 'udp6', host: string, port: number): void {
  const socket = createSocket(type)
  socket.send('hello', port, host, () => socket.close())
}

for (const engine of ENGINES) {
  const skip = skipEngine(engine)
  for (const order of ['four six', 'six four']) {
    t.test(`${engine}: TCP on both, in the order ${order}`, { skip }, async (t) => {
      const port = await freePort()
      const listen = { four: `tcp://0.0.0.0:${port}`, six: `tcp://[::]:${port}` }
      const [first, second] = order === 'four six' ? (['four', 'six'] as const) : (['six', 'four'] as const)
      const frontends = [first, second].map((name) => frontend(name, listen[name], 'echo'))
      const daemon = await start(t, engine, `${frontends.join('')}${backend('echo', echo.port)}`)
      await callTcp('127.0.0.1', port)
      t.same(await accepted(daemon), { four: 1, six: 0 })
      await callTcp('::1', port)
      t.same(await accepted(daemon), { four: 1, six: 1 })
    })
  }

  t.test(`${engine}: UDP on both`, { skip }, async (t) => {
    const port = await freeUdpPort()
    const frontends = frontend('four', `udp://0.0.0.0:${port}`, 'any') + frontend('six', `udp://[::]:${port}`, 'any')
    const daemon = await start(t, engine, `${frontends}${backend('any', await freeUdpPort())}`)
    sendUdp('udp4', '127.0.0.1', port)
    await eventually('IPv4 is told apart', async () => (await accepted(daemon)).four === 1)
    sendUdp('udp6', '::1', port)
    await eventually('IPv6 is told apart', async () => (await accepted(daemon)).six === 1)
    t.same(await accepted(daemon), { four: 1, six: 1 })
  })

  t.test(`${engine}: [::] alone takes the clients of both families`, { skip }, async (t) => {
    const port = await freePort()
    const daemon = await start(t, engine, frontend('all', `tcp://[::]:${port}`, 'echo') + backend('echo', echo.port))
    await callTcp('127.0.0.1', port)
    await callTcp('::1', port)
    t.same(await accepted(daemon), { all: 2 })
  })
}
