/** Bytes arrive as they were sent, and all of them. */
import { sendWithDescriptors } from '../../../src/native/descriptor-passing.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { descriptorOf } from '../descriptor-of.js'
import { hear, pour, read } from '../streams.js'

const SIZE = 64 * 1024 * 1024

export const transfers: Group = async (t, engine) => {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const unix = { listen: { family: 'unix', path: `${folder.path}/in` } } as const
  const bench = await Bench.start(t, engine, { delayed: { delayMs: 100 }, unix })
  return {
    '64 MB each way at once, byte for byte': async (t) => {
      const { client, server, ended } = await bench.session(t)
      const heard = Promise.all([hear(client), hear(server)])
      const [fromClient, fromServer] = await Promise.all([pour(client, SIZE), pour(server, SIZE)])
      client.end()
      server.end()
      const [atClient, atServer] = await heard
      t.match(atServer, { how: 'end', bytes: SIZE, sha1: fromClient })
      t.match(atClient, { how: 'end', bytes: SIZE, sha1: fromServer })
      const { end, counted: bytes } = await ended()
      t.match(end, { how: 'closed' })
      t.match(bytes, counted(SIZE, SIZE))
    },

    'ten thousand questions and answers on one connection': async (t) => {
      const { client, server, ended } = await bench.session(t)
      server.on('data', (chunk) => server.write(chunk)).resume()
      const cpuBefore = bench.fixture.cpuMs()
      for (let i = 0; i < 10_000; i++) {
        client.write(`question ${i}`.padEnd(100))
        const answer = await read(client, 100)
        if (!String(answer).startsWith(`question ${i} `)) t.fail(`answer ${i} was ${answer}`)
      }
      t.comment(`${((bench.fixture.cpuMs() - cpuBefore) / 10).toFixed(0)} µs of the engine's CPU for each`)
      client.end()
      server.end()
      t.match((await ended()).counted, counted(1_000_000, 1_000_000))
    },

    'a server that speaks first is heard at once': async (t) => {
      const { client, server } = await bench.session(t)
      server.write('220 ready')
      t.equal(String(await read(client, 9)), '220 ready')
    },

    'what the client sends before the server is connected arrives': async (t) => {
      const { client, server } = await bench.session(t, 'delayed', (early) => early.write('early bird'))
      t.equal(String(await read(server, 10)), 'early bird')
      client.write(' and more')
      t.equal(String(await read(server, 9)), ' and more')
    },

    'bytes that a unix client attaches descriptors to arrive, and so do those behind them': async (t) => {
      const { client, server } = await bench.session(t, 'unix')
      const attached = Buffer.from('attached ')
      for (let i = 0; i < 10; i++) {
        t.equal(sendWithDescriptors(descriptorOf(client), attached, [0]), attached.length)
        client.write('behind')
        t.equal(String(await read(server, 15)), 'attached behind')
      }
    },
  }
}
