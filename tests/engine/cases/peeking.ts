/** The first bytes of a client may be looked at before anything is decided, and are there as before. */
import { temporaryFolder } from '../../support/temporary-folder.js'
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { dial, hear, heardText, pour, read } from '../streams.js'

const WANTED = 8

export const peeking: Group = async (t, engine) => {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const path = `${folder.path}/in`
  const bench = await Bench.start(t, engine, {
    peeked: { peek: { bytes: WANTED } },
    unix: { listen: { family: 'unix', path }, peek: { bytes: WANTED } },
    impatient: { peek: { bytes: WANTED, withinMs: 100 } },
    late: { peek: { bytes: WANTED }, delayMs: 200 },
  })
  return {
    'what is looked at reaches the server as if nobody had looked': async (t) => {
      const { client, server, ended } = await bench.session(t, 'peeked', (client) => client.write('12345678 and more'))
      t.match(await bench.fixture.next('peeked'), { text: '12345678', hasEnded: false })
      t.equal(String(await read(server, 17)), '12345678 and more')
      client.end('!')
      t.match(await hear(server), heardText('!'))
      server.end('answer')
      t.match(await hear(client), heardText('answer'))
      t.match((await ended()).counted, counted(18, 6))
    },

    'bytes that come one by one are waited for': async (t) => {
      const client = await dial(t, bench.address('peeked'))
      const name = `${client.localAddress}:${client.localPort}`
      for (const letter of '12345678') {
        client.write(letter)
        await bench.fixture.next('looked', (report) => report.client === name && report.bytes === Number(letter))
      }
      t.match(await bench.fixture.next('peeked'), { text: '12345678' })
      const server = await bench.servers.next()
      t.equal(String(await read(server, WANTED)), '12345678')
      client.destroy()
    },

    'clients of a unix socket are looked at, too': async (t) => {
      const client = await dial(t, bench.address('unix'))
      client.write('123')
      await bench.fixture.next('looked', ({ client, bytes }) => client === 'unix:' && bytes === 3)
      client.write('45678 and more')
      t.match(await bench.fixture.next('peeked'), { text: '12345678' })
      const server = await bench.servers.next()
      t.equal(String(await read(server, 17)), '12345678 and more')
      client.destroy()
    },

    'a client that sends much at once loses nothing': async (t) => {
      let sha1 = Promise.resolve('')
      const { client, server } = await bench.session(t, 'peeked', (client) => {
        sha1 = pour(client, 3_000_000)
      })
      const heard = hear(server)
      const sent = await sha1
      client.end()
      t.match(await heard, { how: 'end', bytes: 3_000_000, sha1: sent })
    },

    'a client that ends early is told, and so is the server': async (t) => {
      for (const text of ['', 'abc']) {
        const { client, server, ended } = await bench.session(t, 'peeked', (client) => client.end(text))
        t.match(await bench.fixture.next('peeked', (report) => report.hasEnded), { text })
        t.match(await hear(server), heardText(text))
        server.end('answer')
        t.match(await hear(client), heardText('answer'))
        t.match(await ended(), { end: { how: 'closed', by: 'client' }, counted: counted(text.length, 6) })
      }
    },

    'a client that is reset while it is looked at is gone': async (t) => {
      const client = await dial(t, bench.address('peeked'))
      client.write('abc')
      const name = `${client.localAddress}:${client.localPort}`
      await bench.fixture.next('accepted', (report) => report.client === name)
      client.resetAndDestroy()
      t.ok(await bench.fixture.next('gone', (report) => report.client === name))
    },

    'a client that ends after the look and before its server stands has ended towards the server': async (t) => {
      for (const rest of ['', '!']) {
        const client = await dial(t, bench.address('late'))
        const name = `${client.localAddress}:${client.localPort}`
        client.write('12345678')
        await bench.fixture.next('peeked', (report) => report.client === name)
        client.end(rest)
        const server = await bench.servers.next()
        t.match(await hear(server), heardText(`12345678${rest}`))
        server.end('answer')
        t.match(await hear(client), heardText('answer'))
      }
    },

    'a client that is reset after the look and before its server stands is gone': async (t) => {
      const client = await dial(t, bench.address('late'))
      const name = `${client.localAddress}:${client.localPort}`
      client.write('12345678')
      await bench.fixture.next('peeked', (report) => report.client === name)
      client.resetAndDestroy()
      t.ok(await bench.fixture.next('gone', (report) => report.client === name))
    },

    'a look given up leaves everything to the relay': async (t) => {
      for (const text of ['', 'abc']) {
        const { client, server } = await bench.session(t, 'impatient', (client) => client.write(text))
        client.end(' and the rest')
        t.match(await hear(server), heardText(`${text} and the rest`))
        server.end('answer')
        t.match(await hear(client), heardText('answer'))
      }
    },
  }
}
