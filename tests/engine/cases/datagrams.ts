/** Datagrams arrive whole, in both directions, at whom they were meant for. */
import { randomBytes } from 'node:crypto'
import type { InetAddress } from '../../../src/core/address.js'
import type { Group } from '../case.js'
import { Fixture } from '../fixture.js'
import type { ReportOf } from '../fixture-protocol.js'
import { LOOPBACK_UDP, Packets } from '../packets.js'
import { sendFromPortZero } from '../port-zero.js'
import { LOOPBACK } from '../streams.js'

/** 65,507 is the most that IPv4 carries: 65,535 less 20 of IP and 8 of UDP. */
const SIZES = [0, 1, 1200, 9000, 65_507]
const CLIENTS = 100
const ROUNDS = 5
const NUMBERED = 10_000
const IN_FLIGHT = 32

const ip6 = (host: string): InetAddress => ({ family: 6, host, port: 0 })

export const datagrams: Group = async (t, engine) => {
  const server = await Packets.bind(t)
  const echo = await Packets.echo(t)
  const echo6 = await Packets.echo(t, ip6('::1'))
  const fixture = await Fixture.start(t, engine, {
    plain: { kind: 'udp', listen: LOOPBACK_UDP, server: server.address },
    echo: { kind: 'udp', listen: LOOPBACK_UDP, server: echo.address },
    ip6: { kind: 'udp', listen: ip6('::1'), server: echo6.address },
    any: { kind: 'udp', listen: ip6('::'), server: echo.address },
    'close-flows': { kind: 'close-flows', listen: LOOPBACK },
  })
  const closed = async (route: string): Promise<ReportOf<'flow-closed'>> => {
    await fixture.command('close-flows')
    return fixture.next('flow-closed', (report) => report.route === route)
  }

  return {
    '0 to 65,507 bytes both ways, byte for byte': async (t) => {
      const client = await Packets.bind(t)
      const { port } = fixture.inet('plain')
      for (const size of SIZES) {
        const question = randomBytes(size)
        client.send(question, fixture.inet('plain'))
        const asked = await server.next()
        t.ok(asked.payload.equals(question), `${size} bytes to the server`)
        const answer = randomBytes(size)
        server.send(answer, { family: 4, host: asked.from.address, port: asked.from.port })
        const answered = await client.next()
        t.ok(answered.payload.equals(answer), `${size} bytes to the client`)
        t.equal(answered.from.port, port, 'the answer comes from where the question went')
      }
      const bytes = SIZES.reduce((sum, size) => sum + size)
      const { counted } = await closed('plain')
      t.match(counted, { bytesIn: bytes, bytesOut: bytes, datagramsIn: SIZES.length, datagramsOut: SIZES.length })
    },

    'a datagram from port 0 reaches the server, and the answer, which cannot be sent, is told as lost': async (t) => {
      const from = echo.received.length
      if (!sendFromPortZero(fixture.inet('echo').port, Buffer.from('who am I'))) return t.comment('no raw socket here')
      t.match(await fixture.next('replies-lost'), { route: 'echo', count: 1 })
      const client = await Packets.bind(t)
      client.send(Buffer.from('after it'), fixture.inet('echo'))
      t.equal(String((await client.next()).payload), 'after it')
      t.same(
        echo.received.slice(from).map(({ payload }) => String(payload)),
        ['who am I', 'after it'],
      )
      client.send(Buffer.from('and later'), fixture.inet('echo'))
      t.equal(String((await client.next()).payload), 'and later')
      await fixture.command('close-flows')
      await fixture.take('flow-closed', 2)
    },

    'IPv6 on both sides': async (t) => {
      const client = await Packets.bind(t, ip6('::1'))
      client.send(Buffer.from('six'), fixture.inet('ip6'))
      t.equal(String((await client.next()).payload), 'six')
      t.equal((await closed('ip6')).client, `[::1]:${client.address.port}`)
    },

    'an IPv4 client of a [::] port has an IPv4 address, and gets its answer': async (t) => {
      const client = await Packets.bind(t)
      client.send(Buffer.from('four'), { family: 4, host: '127.0.0.1', port: fixture.inet('any').port })
      t.equal(String((await client.next()).payload), 'four')
      t.equal((await closed('any')).client, `127.0.0.1:${client.address.port}`)
    },

    'a client that broadcasts to a [::] port gets its answer, and the next ones too': async (t) => {
      const client = await Packets.bind(t)
      client.broadcasts()
      for (const word of ['one', 'two']) {
        client.send(Buffer.from(word), { family: 4, host: '127.255.255.255', port: fixture.inet('any').port })
        t.equal(String((await client.next()).payload), word)
      }
      t.match((await closed('any')).counted, { datagramsIn: 2, datagramsOut: 2 })
    },

    '100 clients get their own answers and nobody else’s': async (t) => {
      const from = echo.received.length
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => Packets.bind(t)))
      for (let round = 0; round < ROUNDS; round++) {
        const words = clients.map((_, i) => `${i}:${round}`)
        for (const [i, client] of clients.entries()) client.send(Buffer.from(words[i] ?? ''), fixture.inet('echo'))
        const answers = await Promise.all(clients.map((client) => client.next()))
        t.strictSame(
          answers.map(({ payload }) => String(payload)),
          words,
        )
      }
      t.ok(clients.every((client) => client.received.length === ROUNDS))
      const sources = new Set(echo.received.slice(from).map((packet) => packet.from.port))
      t.equal(sources.size, CLIENTS, 'the server sees each client as an address of its own')
      await fixture.command('close-flows')
      await fixture.take('flow-closed', CLIENTS)
    },

    '10,000 datagrams, 32 in flight: none lost, none out of order': async (t) => {
      const client = await Packets.bind(t)
      const cpuBefore = fixture.cpuMs()
      let sent = 0
      const sendNext = () => {
        if (sent < NUMBERED) client.send(Buffer.from(String(sent++).padEnd(100)), fixture.inet('echo'))
      }
      client.onMessage(sendNext)
      for (let i = 0; i < IN_FLIGHT; i++) sendNext()
      for (let i = 0; i < NUMBERED; i++) {
        const number = Number((await client.next()).payload)
        if (number !== i) t.fail(`datagram ${i} was number ${number}`)
      }
      t.comment(`${((fixture.cpuMs() - cpuBefore) * 1000) / NUMBERED} µs of the engine's CPU for each echo`)
      const { counted } = await closed('echo')
      const bytes = NUMBERED * 100
      t.match(counted, { bytesIn: bytes, bytesOut: bytes, datagramsIn: NUMBERED, datagramsOut: NUMBERED })
    },
  }
}
