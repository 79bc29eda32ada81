/** Flows: sockets towards servers, opened for clients and closed again. */
import type { Group } from '../case.js'
import { Fixture } from '../fixture.js'
import { LOOPBACK_UDP, Packets } from '../packets.js'
import { comesTo, settled } from '../settled.js'
import { LOOPBACK } from '../streams.js'

const FLOWS = 200

export const flows: Group = async (t, engine) => {
  const echo = await Packets.echo(t)
  const mortal = await Packets.bind(t)
  const mortalAddress = mortal.address
  const fixture = await Fixture.start(t, engine, {
    echo: { kind: 'udp', listen: LOOPBACK_UDP, server: echo.address },
    mortal: { kind: 'udp', listen: LOOPBACK_UDP, server: mortalAddress },
    // a UDP connect to the broadcast address fails within the kernel: no packet leaves
    unreachable: { kind: 'udp', listen: LOOPBACK_UDP, server: { family: 4, host: '255.255.255.255', port: 9 } },
    'in-use': { kind: 'udp', listen: echo.address, server: echo.address },
    'close-flows': { kind: 'close-flows', listen: LOOPBACK },
  })

  return {
    'a port in use is told by its code': async (t) => {
      t.match(await fixture.next('not-bound'), { route: 'in-use', code: 'EADDRINUSE' })
    },

    'closing flows gives their descriptors back': async (t) => {
      const before = await settled(() => fixture.descriptors())
      const clients = await Promise.all(Array.from({ length: FLOWS }, () => Packets.bind(t)))
      for (const client of clients) client.send(Buffer.from('x'), fixture.inet('echo'))
      await Promise.all(clients.map((client) => client.next()))
      t.equal(fixture.descriptors(), before + FLOWS)
      await fixture.command('close-flows')
      t.equal(await comesTo(() => fixture.descriptors(), before), before)
      const wrong = (await fixture.take('flow-closed', FLOWS)).filter(({ counted }) => counted.datagramsOut !== 1)
      t.strictSame(wrong, [])
    },

    'an address that cannot be reached fails at once': async (t) => {
      const before = await settled(() => fixture.descriptors())
      const client = await Packets.bind(t)
      client.send(Buffer.from('x'), fixture.inet('unreachable'))
      t.match(await fixture.next('flow-failed'), { route: 'unreachable' })
      t.equal(await comesTo(() => fixture.descriptors(), before), before)
    },

    'a refusal by the server’s host is an event, and the flow stays open': async (t) => {
      const client = await Packets.bind(t)
      client.send(Buffer.from('heard'), fixture.inet('mortal'))
      const { from } = await mortal.next()
      mortal.close()
      client.send(Buffer.from('refused'), fixture.inet('mortal'))
      t.match(await fixture.next('flow-refused'), { client: `127.0.0.1:${client.address.port}` })
      const restarted = await Packets.echo(t, mortalAddress)
      client.send(Buffer.from('heard again'), fixture.inet('mortal'))
      t.equal(String((await client.next()).payload), 'heard again')
      t.equal(restarted.received[0]?.from.port, from.port, 'it is the same flow still')
    },
  }
}
