/** The first bytes of each direction may be watched as they pass. */
import { createHash } from 'node:crypto'
import { Bench, counted } from '../bench.js'
import type { Group } from '../case.js'
import { hear, pour, read } from '../streams.js'

const FEW = 10
/** Enough for any engine to find a faster way than through its own memory. */
const MANY = 8_000_000

const sha1Of = (text: string) => createHash('sha1').update(text).digest('hex')

export const watching: Group = async (t, engine) => {
  const bench = await Bench.start(t, engine, {
    few: { watch: FEW },
    early: { watch: FEW, delayMs: 100 },
    many: { watch: MANY },
  })
  return {
    'what passes is seen and changes nothing': async (t) => {
      const { client, server, ended } = await bench.session(t, 'few')
      server.write('greet')
      t.equal(String(await read(client, 5)), 'greet')
      client.write('a question of some length')
      t.equal(String(await read(server, 25)), 'a question of some length')
      server.write('ing and more')
      t.equal(String(await read(client, 12)), 'ing and more')
      t.match(await bench.fixture.next('watched', ({ from }) => from === 'client'), { sha1: sha1Of('a question') })
      t.match(await bench.fixture.next('watched', ({ from }) => from === 'server'), { sha1: sha1Of('greeting a') })
      client.end()
      server.end()
      t.match((await ended()).counted, counted(25, 17))
    },

    'what came before the server was connected is seen, too': async (t) => {
      const { client, server, ended } = await bench.session(t, 'early', (early) => early.write('a quest'))
      client.write('ion')
      t.equal(String(await read(server, 10)), 'a question')
      t.match(await bench.fixture.next('watched', ({ from }) => from === 'client'), { sha1: sha1Of('a question') })
      client.end()
      server.end()
      t.match((await ended()).counted, counted(10, 0))
    },

    'nothing escapes a watch, and what follows it arrives whole': async (t) => {
      const { client, server, ended } = await bench.session(t, 'many')
      const heard = hear(client)
      const watched = await pour(server, MANY)
      t.equal((await bench.fixture.next('watched')).sha1, watched)
      await pour(server, MANY)
      server.end()
      t.match(await heard, { how: 'end', bytes: 2 * MANY })
      client.end()
      t.match((await ended()).counted, counted(0, 2 * MANY))
    },

    'a session may end before its watch': async (t) => {
      const { client, server, ended } = await bench.session(t, 'many')
      client.end('short')
      t.match(await hear(server), { how: 'end', bytes: 5 })
      server.end()
      t.match((await ended()).end, { how: 'closed', by: 'client' })
    },
  }
}
