/** A reset stays a reset: a transfer that was cut must never look complete. */
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { settled } from '../settled.js'
import { hear, pour, read } from '../streams.js'

export const resets: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine)
  return {
    'a reset by the client reaches the server as a reset': async (t) => {
      const { client, server, ended } = await bench.session(t)
      client.write('half a quest')
      t.equal(String(await read(server, 12)), 'half a quest')
      client.resetAndDestroy()
      t.match(await hear(server), { how: 'ECONNRESET' })
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'reset', by: 'client', code: 'ECONNRESET' })
      t.match(bytes, counted(12, 0))
    },

    'a reset by the server reaches the client as a reset': async (t) => {
      const { client, server, ended } = await bench.session(t)
      server.write('half an ans')
      t.equal(String(await read(client, 11)), 'half an ans')
      server.resetAndDestroy()
      t.match(await hear(client), { how: 'ECONNRESET' })
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'reset', by: 'server', code: 'ECONNRESET' })
      t.match(bytes, counted(0, 11))
    },

    'a reset after the other side has ended is a reset still': async (t) => {
      const { client, server, ended } = await bench.session(t)
      client.end('question')
      t.match(await hear(server), { how: 'end' })
      server.write('half an ans')
      t.equal(String(await read(client, 11)), 'half an ans')
      server.resetAndDestroy()
      t.match(await hear(client), { how: 'ECONNRESET' })
      t.match((await ended()).end, { how: 'reset', by: 'server' })
    },

    'a reset behind data that still waits is not taken for an end': async (t) => {
      for (const ends of [false, true]) {
        const { client, server, ended } = await bench.session(t)
        if (ends) {
          client.end()
          t.match(await hear(server), { how: 'end' })
        }
        let written = 0
        const poured = pour(server, 1e9, (bytes) => {
          written = bytes
        }).catch(() => {})
        await settled(() => written)
        server.resetAndDestroy()
        t.match(await hear(client), { how: 'ECONNRESET' }, ends ? 'after the client’s end' : 'while both are open')
        t.match((await ended()).end, { how: 'reset', by: 'server' })
        await poured
      }
    },

    'a client that closes for good cuts the server that still sends': async (t) => {
      const { client, server, ended } = await bench.session(t)
      const poured = pour(server, 1e9).catch(() => {})
      await read(client, 100_000)
      client.destroy()
      t.match(await hear(server), { how: /ECONNRESET|EPIPE/ })
      await poured
      t.match((await ended()).end, { how: 'reset', by: 'client' })
    },

    'a client that is reset while its server reads nothing ends the session': async (t) => {
      const { client, server, ended } = await bench.session(t)
      let written = 0
      const poured = pour(client, 1e9, (bytes) => {
        written = bytes
      }).catch(() => {})
      await settled(() => written)
      client.resetAndDestroy()
      t.match((await ended()).end, { how: 'reset', by: 'client' })
      t.match(await hear(server), { how: 'ECONNRESET' })
      await poured
    },

    'ending a relay from outside resets both sides': async (t) => {
      const { client, server, ended } = await bench.session(t)
      client.write('x')
      await read(server, 1)
      const heard = Promise.all([hear(client), hear(server)])
      await bench.fixture.command('end-relays')
      const [atClient, atServer] = await heard
      t.equal(atClient.how, 'ECONNRESET')
      t.equal(atServer.how, 'ECONNRESET')
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'ended' })
      t.match(bytes, counted(1, 0))
    },
  }
}
