/** Urgent data, as telnet and FTP's ABOR send it: the urgent byte may get lost, no other does. */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { Bench } from '../bench.js'
import type { Group } from '../case.js'
import { hear, heardText, read } from '../streams.js'
import { sendUrgent } from '../urgent.js'

/** Enough for splice. */
const BULK = Buffer.alloc(8 * 1024 * 1024, 'bulk')
/** Whether the engine reads before, between or behind is up to the machine. */
const TIMES = 10

async function sendAround(socket: Socket): Promise<void> {
  socket.write('abc')
  await sendUrgent(socket)
  socket.write('def')
}

export const urgent: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine, { delayed: { delayMs: 100 }, peeked: { peek: { bytes: 2 } } })
  return {
    'what comes before and after an urgent byte arrives, in order': async (t) => {
      const { client, server } = await bench.session(t)
      for (const [from, to] of [[client, server] as const, [server, client] as const]) {
        for (let i = 0; i < TIMES; i++) {
          await sendAround(from)
          t.equal(String(await read(to, 6)), 'abcdef')
        }
      }
    },

    'an end behind an urgent byte is behind all other bytes': async (t) => {
      for (let i = 0; i < TIMES; i++) {
        const { client, server, ended } = await bench.session(t)
        await sendAround(client)
        client.end()
        t.match(await hear(server), heardText('abcdef'))
        server.end('answer')
        t.match(await hear(client), heardText('answer'))
        t.match((await ended()).end, { how: 'closed', by: 'client' })
      }
    },

    'so is the end of the side that ends last': async (t) => {
      for (let i = 0; i < TIMES; i++) {
        const { client, server, ended } = await bench.session(t)
        client.end()
        t.match(await hear(server), heardText(''))
        await sendAround(server)
        server.end()
        t.match(await hear(client), heardText('abcdef'))
        t.match((await ended()).end, { how: 'closed', by: 'client' })
      }
    },

    'an urgent byte that is the last one': async (t) => {
      const { client, server } = await bench.session(t)
      client.write('abc')
      await sendUrgent(client)
      t.equal(String(await read(server, 3)), 'abc')
      client.end('def')
      t.match(await hear(server), heardText('def'))
    },

    'an urgent byte in the middle of bulk': async (t) => {
      const { client, server } = await bench.session(t)
      const heard = hear(server)
      client.write(BULK)
      await sendUrgent(client)
      client.end(BULK)
      const sha1 = createHash('sha1').update(BULK).update(BULK).digest('hex')
      t.match(await heard, { how: 'end', bytes: 2 * BULK.length, sha1 })
    },

    'urgent data from a client whose server is not connected yet': async (t) => {
      for (const route of ['delayed', 'peeked']) {
        let sent = Promise.resolve()
        const { client, server } = await bench.session(t, route, (early) => {
          sent = sendAround(early)
        })
        await sent
        t.equal(String(await read(server, 6)), 'abcdef')
        client.end('!')
        t.match(await hear(server), heardText('!'))
      }
    },
  }
}
