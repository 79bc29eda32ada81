import { EventEmitter, once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import type { Client } from '../../../src/control/runtime-api/command.js'
import { COMMANDS } from '../../../src/control/runtime-api/commands/list.js'
import { Connection } from '../../../src/control/runtime-api/wire/connection.js'
import { Turns } from '../../../src/control/runtime-api/wire/turns.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { collect, converse, exchange, startHarness } from './harness.js'

const IDLE_MS = 300

t.test(
  '50 clients, some of them slow, half-open, silent or babbling: each is served or dropped, none waits',
  async (t) => {
    const idleMs = 1_500
    const { path, close } = await startHarness({ idleMs })
    const open = Array.from({ length: 40 }, (_, i) => {
      const socket = connect(path)
      socket.on('error', () => {})
      if (i % 4 === 0) socket.write('prompt\n')
      if (i % 4 === 1) socket.write('get weight be')
      if (i % 4 === 2) socket.pause().write('show stat;'.repeat(200))
      if (i % 4 === 3) socket.write(Buffer.alloc(10_000, 0xff))
      return socket
    })
    await Promise.all(open.map((socket) => once(socket, 'connect')))
    const began = performance.now()
    const replies = await Promise.all(Array.from({ length: 10 }, () => exchange(path, 'get weight be_pg/pg1\n')))
    t.same(new Set(replies), new Set(['100 (initial 100)\n\n']))
    t.ok(
      performance.now() - began < idleMs,
      `answered in ${Math.round(performance.now() - began)} ms, before any was dropped`,
    )
    for (const socket of open) socket.resume()
    await Promise.all(open.map((socket) => socket.destroyed || once(socket, 'close')))
    t.pass('all of them were dropped for idling')
    await close()
  },
)

t.test('a reader that takes nothing is dropped, and costs one reply', async (t) => {
  const { path, close } = await startHarness({ idleMs: IDLE_MS, maxClients: 1 })
  const socket = connect(path).pause()
  socket.on('error', () => {})
  socket.write(`prompt\n${'show stat;'.repeat(1_600)}\n`)
  await once(socket, 'connect')
  await whenAdmitted(path)
  const answered = (await collect(socket.resume())).length
  const all = 1_600 * (await exchange(path, 'show stat\n')).length
  t.ok(answered < all / 4, `${answered} of ${all} bytes were made`)
  await close()
})

/** The answer once there is a place: nothing tells a client that another one was dropped. */
async function whenAdmitted(path: string): Promise<string> {
  const reply = await exchange(path, 'show version\n')
  if (!reply.startsWith('Too many')) return reply
  await delay(10)
  return whenAdmitted(path)
}

t.test('one client too many is told so and closed', async (t) => {
  const { path, close } = await startHarness({ maxClients: 2 })
  const held = [connect(path), connect(path)]
  await Promise.all(held.map((socket) => converse(socket, 'prompt\n')))
  t.equal(await exchange(path, 'show version\n'), 'Too many clients: the stats socket serves 2 at a time.\n\n')
  const gone = held.map((socket) => once(socket, 'close'))
  held[0]?.destroy()
  await gone[0]
  t.equal(await whenAdmitted(path), '0.1.0\n\n', 'a place is free again')
  await close()
  await gone[1]
})

t.test('a client that goes away is noticed while its command is under way', { timeout: 10_000 }, async (t) => {
  const folder = temporaryFolder()
  const commands = new EventEmitter<{ begun: [client: Client] }>()
  const execute = async (_: readonly string[], client: Client) => {
    commands.emit('begun', client)
    await once(client.gone, 'abort')
    return { text: '' }
  }
  const settings = { name: 'test', level: 'admin', idleMs: 60_000, turns: new Turns(), execute } as const
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    void new Connection(socket, settings).serve()
  })
  t.teardown(() => server.close(folder.remove))
  const path = join(folder.path, 'h.sock')
  await once(server.listen(path), 'listening')
  const socket = connect(path)
  const begun = once(commands, 'begun')
  socket.write('wait\n')
  const [client] = await begun
  t.equal(client.gone.aborted, false)
  const gone = once(client.gone, 'abort')
  socket.destroy()
  await gone
})

t.test('closing disconnects everybody', async (t) => {
  const { path, close } = await startHarness()
  const socket = connect(path)
  socket.write('prompt\n')
  await once(socket, 'data')
  const gone = once(socket, 'close')
  await close()
  await gone
  t.pass()
})

t.test('whatever is sent, there is a reply or a close, and the next client is served', async (t) => {
  const { path, close } = await startHarness({ idleMs: 2_000 })
  const word = fc.oneof(
    fc.constantFrom(...COMMANDS.flatMap(({ words }) => words)),
    fc.constantFrom(
      'be_pg/pg1',
      'be_pg',
      'fe_pg',
      '-1',
      '4',
      'state',
      'weight',
      'maint',
      'drain',
      '50%',
      '256',
      'json',
    ),
    fc.constantFrom('/', 'be_pg/', '\\', '__proto__', 'constructor', '%', ';', '', '<<', '#', '\t', '\r', '-0', '1e3'),
    fc.string({ maxLength: 8 }),
  )
  const line = fc.array(word, { maxLength: 7 }).map((words) => `${words.join(' ')}\n`)
  const known = fc
    .tuple(fc.constantFrom(...COMMANDS), fc.array(word, { maxLength: 4 }))
    .map(([{ words }, args]) => `${[...words, ...args].join(' ')}\n`)
  const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array).toString('latin1'))
  const input = fc.array(fc.oneof(line, known, bytes), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(input, async (sent) => {
      const reply = await exchange(path, Buffer.from(sent, 'latin1'), 'end')
      if (reply.includes('Internal error')) throw new Error(reply)
    }),
    { numRuns: 600 },
  )
  t.equal(await exchange(path, 'show version\n'), '0.1.0\n\n')
  await close()
})
