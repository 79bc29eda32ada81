/** No descriptors left: an engine says so, does not spin, harms no session, and recovers. */
import { connect } from 'node:net'
import type { Group } from '../case.js'
import { Fixture } from '../fixture.js'
import { LOOPBACK_UDP, Packets } from '../packets.js'
import { dial, echo, LOOPBACK, read, Servers } from '../streams.js'

const LIMIT = 100
const LOOKED_AT_MS = 500

export const exhaustion: Group = async (t, engine) => {
  const servers = await Servers.listen(t)
  servers.serve(echo)
  const route = { kind: 'tcp', listen: LOOPBACK, server: servers.address } as const
  const udp = { kind: 'udp', listen: LOOPBACK_UDP, server: (await Packets.echo(t)).address } as const
  const fixture = await Fixture.start(t, engine, { route, udp }, { descriptors: LIMIT })
  const { host, port } = fixture.inet('route')

  return {
    'out of descriptors: told once for each pause, without spinning, and over when some are free again': async (t) => {
      const first = await dial(t, fixture.address('route'))
      first.write('first')
      t.equal(String(await read(first, 5)), 'first')

      const crowd = Array.from({ length: LIMIT }, () => connect({ host, port }).on('error', () => {}))
      t.match(await fixture.next('accept-error'), { code: 'EMFILE' })
      first.write('again')
      t.equal(String(await read(first, 5)), 'again', 'a session that is there goes on')
      const cpuBefore = fixture.cpuMs()
      await new Promise((resolve) => setTimeout(resolve, LOOKED_AT_MS)) // to spin takes time
      const cpuMs = fixture.cpuMs() - cpuBefore
      t.ok(cpuMs < LOOKED_AT_MS / 2, `${cpuMs} ms of CPU in ${LOOKED_AT_MS} ms`)
      t.ok(fixture.past('accept-error').length < 10)

      for (const socket of crowd) socket.destroy()
      t.ok(await isServedWithin(3000, { host, port }), 'new clients are served again')
    },

    'no descriptor for a flow: an error with its code, and the flows that are there go on': async (t) => {
      const first = await Packets.bind(t)
      first.send(Buffer.from('first'), fixture.inet('udp'))
      t.equal(String((await first.next()).payload), 'first')
      const crowd = await Promise.all(Array.from({ length: LIMIT }, () => Packets.bind(t)))
      for (const client of crowd) client.send(Buffer.from('x'), fixture.inet('udp'))
      t.match(await fixture.next('flow-failed'), { code: 'EMFILE' })
      first.send(Buffer.from('again'), fixture.inet('udp'))
      t.equal(String((await first.next()).payload), 'again')
    },
  }
}

async function isServedWithin(ms: number, at: { host: string; port: number }): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await isServed(at)) return true
  }
  return false
}

function isServed(at: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at)
    const settle = (answer: boolean) => {
      resolve(answer)
      socket.destroy()
    }
    socket.setTimeout(200, () => settle(false))
    socket.on('error', () => settle(false)).on('end', () => settle(false))
    socket.once('data', () => settle(true))
    socket.write('later')
  })
}
