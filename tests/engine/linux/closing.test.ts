/** The other side closes, in order or at once, in each state that a session can be in: nothing stays behind. */
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { RelayEnd } from '../../../src/dataplane/engine.js'
import { eventually } from '../../support/eventually.js'
import { Bench, type Session } from '../bench.js'
import { fullListener } from '../full-listener.js'
import { settled } from '../settled.js'
import { dial, hear, pour, read } from '../streams.js'

type Side = 'client' | 'server'
type Manner = 'in order' | 'at once'
const SIDES = ['client', 'server'] as const
const MANNERS = ['in order', 'at once'] as const

const otherOf = (side: Side): Side => (side === 'client' ? 'server' : 'client')

/** What has happened before `side` closes. */
type State = (session: Session, side: Side, t: Test) => Promise<void>

/** The side that is to close has sent, and the other reads nothing: bytes wait in the engine. */
async function stall(from: Socket, bytes: number): Promise<void> {
  let handedOver = 0
  pour(from, bytes, (sent) => {
    handedOver = sent
  }).catch(() => {}) // it may be cut
  await settled(() => handedOver)
}

const bench = await Bench.start(t, 'linux', {
  waiting: { delayMs: 60_000 },
  connecting: { server: await fullListener(t), timeoutMs: 60_000 },
})
const atRest = bench.fixture.holds().sockets

const STATES: Readonly<Record<string, State>> = {
  'nothing was said': async (_session, _side, t) => {
    // the engine may not have seen yet that the server took the connection: later news comes after it
    const other = await bench.session(t)
    other.client.write('x')
    await read(other.server, 1)
    other.client.end()
    other.server.end()
    await other.ended()
  },
  'a question is answered': async ({ client, server }) => {
    client.write('question')
    await read(server, 8)
    server.write('answer')
    await read(client, 6)
  },
  'the other side has ended its way': async (session, side) => {
    const other = otherOf(side)
    session[other].end('last words')
    await read(session[side], 10)
  },
}

function close(socket: Socket, manner: Manner): void {
  if (manner === 'in order') socket.end()
  else socket.resetAndDestroy()
}

async function nothingStays(): Promise<void> {
  await eventually('every socket is closed', () => bench.fixture.holds().sockets === atRest, 5_000)
}

for (const [state, reach] of Object.entries(STATES)) {
  for (const side of SIDES) {
    for (const manner of MANNERS) {
      t.test(`${state}, and the ${side} closes ${manner}`, async (t) => {
        const session = await bench.session(t)
        await reach(session, side, t)
        const heard = hear(session[otherOf(side)])
        close(session[side], manner)
        t.equal((await heard).how, manner === 'in order' ? 'end' : 'ECONNRESET')
        session[otherOf(side)].end()
        const { end } = await session.ended()
        const first = state === 'the other side has ended its way' ? otherOf(side) : side
        const expected: RelayEnd =
          manner === 'in order' ? { how: 'closed', by: first } : { how: 'reset', by: side, code: 'ECONNRESET' }
        t.same(end, expected)
        await nothingStays()
      })
    }
  }
}

for (const side of SIDES) {
  for (const manner of MANNERS) {
    t.test(`bytes of the ${side} wait for a reader, and the reader closes ${manner}`, async (t) => {
      const session = await bench.session(t)
      await stall(session[side], 1e9)
      const reader = session[otherOf(side)]
      const heard = hear(session[side])
      if (manner === 'in order') reader.destroy()
      else reader.resetAndDestroy()
      t.match((await heard).how, /ECONNRESET|EPIPE/, 'whoever still sends is told')
      t.match((await session.ended()).end, { how: 'reset', by: otherOf(side) })
      await nothingStays()
    })
  }
}

for (const [route, what] of Object.entries({ waiting: 'not connecting yet', connecting: 'connecting' })) {
  t.test(`the client closes at once while its session is ${what}`, async (t) => {
    const client = await dial(t, bench.address(route))
    const name = `${client.localAddress}:${client.localPort}`
    await bench.fixture.next('accepted', (report) => report.client === name)
    client.resetAndDestroy()
    await bench.fixture.next('gone', (report) => report.client === name)
    await nothingStays()
  })
}
