/** A session is closed in order where nothing is under way, and left alone where anything is. */
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { settled } from '../settled.js'
import { hear, heardText, pour, read } from '../streams.js'

export const quiet: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine)
  const closeQuiet = async () => {
    await bench.fixture.command('close-quiet-relays')
    return (await bench.fixture.next('quiet')).closed
  }
  return {
    'where nothing is under way both sides see an end, and no reset': async (t) => {
      const { client, server, ended } = await bench.session(t)
      client.write('question')
      await read(server, 8)
      server.write('answer')
      await read(client, 6)
      const heard = Promise.all([hear(client), hear(server)])
      t.equal(await closeQuiet(), 1)
      for (const end of await heard) t.match(end, { how: 'end', bytes: 0 })
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'ended' })
      t.match(bytes, counted(8, 6))
    },

    'a session that never carried a byte is quiet': async (t) => {
      const { client, server, ended } = await bench.session(t)
      const heard = Promise.all([hear(client), hear(server)])
      // the server may know of the session before the relay has begun
      while ((await closeQuiet()) === 0);
      for (const end of await heard) t.match(end, { how: 'end', bytes: 0 })
      await ended()
    },

    'what a client has yet to read keeps the session open until it has it': async (t) => {
      const { client, server, ended } = await bench.session(t)
      const bytes = 100e6
      let handedOver = 0
      const poured = pour(server, bytes, (sent) => {
        handedOver = sent
      })
      await settled(() => handedOver)
      t.equal(await closeQuiet(), 0)
      const heard = hear(client)
      const sha1 = await poured
      // Node sees nothing of what the kernel holds: there a session must have been at rest for a while, as it has been
      // wherever anybody asks for this
      if (engine === 'portable') await settled(() => client.bytesRead)
      // the last bytes may still be on their way to a client that reads as fast as it can
      while ((await closeQuiet()) === 0);
      t.match(await heard, { how: 'end', bytes, sha1 })
      t.match((await ended()).counted, counted(0, bytes))
    },

    'a session that one side has ended goes on to the end of the other': async (t) => {
      const { client, server, ended } = await bench.session(t)
      client.end('question')
      t.match(await hear(server), heardText('question'))
      t.equal(await closeQuiet(), 0)
      server.end('answer')
      t.match(await hear(client), heardText('answer'))
      t.match((await ended()).end, { how: 'closed', by: 'client' })
    },
  }
}
