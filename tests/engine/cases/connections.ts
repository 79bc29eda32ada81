/** Many connections, one after the other and at once. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { InetAddress } from '../../../src/core/address.js'
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { comesTo, settled } from '../settled.js'
import { dial, echo, read } from '../streams.js'

const SHORT = 1000
const AT_ONCE = 500

export const connections: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine)
  const { fixture, servers } = bench

  return {
    '1,000 short connections leave no descriptor behind': async (t) => {
      servers.serve(answerAndEnd)
      const before = await settled(() => fixture.descriptors())
      const cpuBefore = fixture.cpuMs()
      let left = SHORT
      const client = async () => {
        while (left-- > 0) await ask(fixture.inet('plain'))
      }
      await Promise.all(Array.from({ length: 20 }, client))
      const ended = await fixture.take('ended', SHORT)
      t.comment(`${((fixture.cpuMs() - cpuBefore) * 1000) / SHORT} µs of the engine's CPU for each`)
      t.strictSame(distinct(ended.map(({ end }) => end.how)), ['closed'])
      t.strictSame(distinct(ended.map((report) => report.counted)), [counted(8, 6)])
      t.equal(await comesTo(() => fixture.descriptors(), before), before)
    },

    '500 connections at once, each with a server connection of its own': async (t) => {
      servers.serve(echo)
      const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => dial(t, bench.address())))
      const words = clients.map((_, i) => `I am ${i}`.padEnd(100))
      for (const [i, client] of clients.entries()) client.write(words[i] ?? '')
      const answers = await Promise.all(clients.map((client) => read(client, 100)))
      t.strictSame(answers.map(String), words)
      for (const client of clients) client.resume().end()
      const ended = await fixture.take('ended', AT_ONCE)
      t.strictSame(distinct(ended.map((report) => report.counted)), [counted(100, 100)])
    },
  }
}

function answerAndEnd(socket: Socket): void {
  socket.once('data', () => socket.end('answer')).resume()
}

async function ask({ host, port }: InetAddress): Promise<void> {
  const socket = connect({ host, port })
  socket.write('question')
  socket.resume()
  await once(socket, 'close')
}

/** What there is among many equal things. */
function distinct<T>(things: readonly T[]): T[] {
  return [...new Map(things.map((thing) => [JSON.stringify(thing), thing])).values()]
}
