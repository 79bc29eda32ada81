/** A message of a few bytes to a server, which then ends the connection. */
import { once } from 'node:events'
import { Bench } from '../bench.js'
import type { Group } from '../case.js'
import { dial, hear, read } from '../streams.js'

export const delivering: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine, {
    delivered: { deliver: 'cancel it' },
    peeked: { peek: { bytes: 8 }, deliver: 'cancel it' },
  })
  const begin = async (t: Parameters<typeof dial>[0]) => {
    const client = await dial(t, bench.address('delivered'))
    const server = await bench.servers.next()
    t.teardown(() => server.destroy())
    t.equal(String(await read(server, 9)), 'cancel it')
    return { client, server }
  }
  return {
    'the server has all the time it needs, and its end is the end': async (t) => {
      const { client, server } = await begin(t)
      server.write('not that anybody listened')
      const before = bench.fixture.past('delivered').length
      server.end()
      t.match(await hear(client), { how: 'end', bytes: 0 })
      await bench.fixture.next('delivered')
      t.equal(bench.fixture.past('delivered').length, before + 1)
      if (!server.closed) await once(server.resume(), 'close')
      t.pass('its side is closed too')
    },

    'a client that was only looked at ends in order': async (t) => {
      const client = await dial(t, bench.address('peeked'))
      client.write('12345678 and more')
      const server = await bench.servers.next()
      t.equal(String(await read(server, 9)), 'cancel it')
      server.end()
      t.match(await hear(client), { how: 'end', bytes: 0 })
    },

    'a server that resets it ends it, too': async (t) => {
      const { client, server } = await begin(t)
      server.resetAndDestroy()
      t.match(await hear(client), { how: 'end', bytes: 0 })
      t.ok(await bench.fixture.next('delivered'))
    },
  }
}
