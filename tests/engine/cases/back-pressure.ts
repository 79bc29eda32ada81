/** A side that does not read holds back the side that writes; the engine keeps little of what lies between. */
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { highest, settled } from '../settled.js'
import { hear, pour } from '../streams.js'

const GIGABYTE = 1e9
/** The engine may grow by this much, whatever waits: buffers for one session. */
const STALLED_MB = 64
/** And by this much while bytes flow: the slack of a garbage collector. */
const FLOWING_MB = 128

export const backPressure: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine)
  return {
    'a server that stalls while 1 GB waits holds memory flat, and then gets all of it': async (t) => {
      const { client, server, ended } = await bench.session(t)
      const before = bench.fixture.residentMb()
      const memory = highest(() => bench.fixture.residentMb())
      let handedOver = 0
      const poured = pour(client, GIGABYTE, (bytes) => {
        handedOver = bytes
      })
      t.ok((await settled(() => handedOver)) < 64e6, `the client was held back at ${Math.round(handedOver / 1e6)} MB`)
      const stalled = memory.stop()
      t.ok(stalled - before < STALLED_MB, `grew by ${Math.round(stalled - before)} MB while stalled`)
      const flowing = highest(() => bench.fixture.residentMb())
      const heard = hear(server)
      const sha1 = await poured
      client.end()
      t.match(await heard, { how: 'end', bytes: GIGABYTE, sha1 })
      const grown = flowing.stop() - before
      t.ok(grown < FLOWING_MB, `grew by ${Math.round(grown)} MB while it flowed`)
      server.end()
      t.match((await ended()).counted, counted(GIGABYTE, 0))
      t.comment(
        `resident ${Math.round(before)} MB, +${Math.round(stalled - before)} stalled, +${Math.round(grown)} flowing`,
      )
    },

    'a client that stalls holds back its server, and then gets all of it': async (t) => {
      const { client, server, ended } = await bench.session(t)
      const before = bench.fixture.residentMb()
      let handedOver = 0
      const poured = pour(server, 200e6, (bytes) => {
        handedOver = bytes
      })
      t.ok((await settled(() => handedOver)) < 64e6, `the server was held back at ${Math.round(handedOver / 1e6)} MB`)
      t.ok(bench.fixture.residentMb() - before < STALLED_MB)
      const heard = hear(client)
      const sha1 = await poured
      server.end()
      t.match(await heard, { how: 'end', bytes: 200e6, sha1 })
      client.end()
      t.match((await ended()).counted, counted(0, 200e6))
    },

    'a stalled direction does not hold back the other': async (t) => {
      const { client, server } = await bench.session(t)
      let handedOver = 0
      const poured = pour(client, 100e6, (bytes) => {
        handedOver = bytes
      }).catch(() => {})
      await settled(() => handedOver)
      const heard = hear(client)
      const sha1 = await pour(server, 10e6)
      server.end()
      t.match(await heard, { how: 'end', bytes: 10e6, sha1 })
      client.destroy()
      await poured
    },
  }
}
