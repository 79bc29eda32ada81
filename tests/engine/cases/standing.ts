/** How a session stands: who has ended its side, and what a side has yet to take. */
import { Bench, type Session } from '../bench.js'
import type { Group } from '../case.js'
import { settled } from '../settled.js'
import { hear, heardText, pour } from '../streams.js'

const BYTES = 20e6

/** Both ends of it, before the next one is looked at. */
async function finish({ client, server, ended }: Session): Promise<void> {
  client.resume().end()
  server.resume().end()
  await ended()
}

export const standing: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine)
  return {
    'what a client has yet to take is under way to it, and no longer once it has it': async (t) => {
      const session = await bench.session(t)
      const { client, server } = session
      let handedOver = 0
      const poured = pour(server, BYTES, (sent) => {
        handedOver = sent
      })
      await settled(() => handedOver)
      const stalled = await bench.relayIs(() => true)
      t.ok(stalled.toClient > 0, `${stalled.toClient} bytes`)
      t.match(stalled, { endedBy: 'nobody', toServer: 0 })
      t.same(await bench.relayIs(() => true), stalled, 'nothing moves while the client takes nothing')
      client.resume()
      await poured
      t.match(await bench.relayIs(({ toClient }) => toClient === 0), { endedBy: 'nobody', toServer: 0 })
      await finish(session)
    },

    'what a server has yet to take is under way to it, and no longer once it has it': async (t) => {
      const session = await bench.session(t)
      const { client, server } = session
      let handedOver = 0
      const poured = pour(client, BYTES, (sent) => {
        handedOver = sent
      })
      await settled(() => handedOver)
      const stalled = await bench.relayIs(() => true)
      t.ok(stalled.toServer > 0, `${stalled.toServer} bytes`)
      t.match(stalled, { endedBy: 'nobody', toClient: 0 })
      server.resume()
      await poured
      t.match(await bench.relayIs(({ toServer }) => toServer === 0), { endedBy: 'nobody', toClient: 0 })
      await finish(session)
    },

    'a client that has ended its side is known to have': async (t) => {
      const session = await bench.session(t)
      const { client, server } = session
      client.end('question')
      t.match(await hear(server), heardText('question'))
      t.match(await bench.relayIs(() => true), { endedBy: 'client', toClient: 0 })
      await finish(session)
    },

    'a server that has ended its side is known to have': async (t) => {
      const session = await bench.session(t)
      const { client, server } = session
      server.end('greeting')
      t.match(await hear(client), heardText('greeting'))
      t.match(await bench.relayIs(() => true), { endedBy: 'server', toServer: 0 })
      await finish(session)
    },
  }
}
