/** Run in a network namespace with the interface `g0`: clients that send to groups. */
import t from 'tap'
import type { InetAddress } from '../../../src/core/address.js'
import { Fixture } from '../fixture.js'
import { Packets } from '../packets.js'

interface Client {
  readonly host: InetAddress
  readonly through: string
  readonly group: string
}
const FOUR: InetAddress = { family: 4, host: '10.9.0.1', port: 0 }
const SIX: InetAddress = { family: 6, host: 'fd00::1', port: 0 }

/** No group of IPv4: an IPv6 socket hears none that it has not joined. */
const CLIENTS: readonly Client[] = [
  { host: FOUR, through: FOUR.host, group: '255.255.255.255' },
  { host: FOUR, through: FOUR.host, group: '10.9.0.255' },
  { host: SIX, through: '::%g0', group: 'ff02::1%g0' },
]

for (const { host, through, group } of CLIENTS) {
  t.test(`a client that sends to ${group} gets its answers from an address of this host`, async (t) => {
    const echo = await Packets.echo(t)
    const any: InetAddress = { family: 6, host: '::', port: 0 }
    const fixture = await Fixture.start(t, 'linux', { any: { kind: 'udp', listen: any, server: echo.address } })
    const client = await Packets.bind(t, host)
    client.broadcasts()
    client.sendsThrough(through)
    for (const word of ['one', 'two']) {
      client.send(Buffer.from(word), { family: host.family, host: group, port: fixture.inet('any').port })
      const { payload, from } = await client.next()
      t.equal(String(payload), word)
      t.equal(from.address, host.host)
    }
    t.same(fixture.past('replies-lost'), [])
  })
}
