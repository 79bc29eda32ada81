/** An end in one direction is passed on, and leaves the other direction open. */
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { hear, heardText, pour } from '../streams.js'

export const halfClose: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine, { delayed: { delayMs: 100 } })
  return {
    'the client ends first: the answer still arrives whole': async (t) => {
      const { client, server, ended } = await bench.session(t)
      client.end('question')
      t.match(await hear(server), heardText('question'))
      const heard = hear(client)
      const sha1 = await pour(server, 5_000_000)
      server.end()
      t.match(await heard, { how: 'end', bytes: 5_000_000, sha1 })
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'closed', by: 'client' })
      t.match(bytes, counted(8, 5_000_000))
    },

    'the server ends first: what the client sends still arrives whole': async (t) => {
      const { client, server, ended } = await bench.session(t)
      server.end('greeting')
      t.match(await hear(client), heardText('greeting'))
      const heard = hear(server)
      const sha1 = await pour(client, 5_000_000)
      client.end()
      t.match(await heard, { how: 'end', bytes: 5_000_000, sha1 })
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'closed', by: 'server' })
      t.match(bytes, counted(5_000_000, 8))
    },

    'both end without a byte': async (t) => {
      const { client, server, ended } = await bench.session(t)
      client.end()
      t.match(await hear(server), heardText(''))
      server.end()
      t.match(await hear(client), heardText(''))
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'closed', by: 'client' })
      t.match(bytes, counted(0, 0))
    },

    'an end behind data that nobody reads yet arrives behind that data': async (t) => {
      const { client, server } = await bench.session(t)
      const poured = pour(client, 1_000_000)
      client.end()
      server.end()
      t.match(await hear(client), heardText(''))
      t.match(await hear(server), { how: 'end', bytes: 1_000_000, sha1: await poured })
    },

    'a client that ends before the server is connected is served': async (t) => {
      const { client, server, ended } = await bench.session(t, 'delayed', (early) => early.end('question'))
      t.match(await hear(server), heardText('question'))
      server.end('answer')
      t.match(await hear(client), heardText('answer'))
      t.match((await ended()).counted, counted(8, 6))
      t.equal(bench.fixture.past('gone').length, 0, 'an end is not a reset')
    },
  }
}
