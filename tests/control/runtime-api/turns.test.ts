import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { Turns } from '../../../src/control/runtime-api/wire/turns.js'
import { collect, exchange, startHarness } from './harness.js'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

t.test('one goes in each turn of the event loop, the first first', async (t) => {
  const turns = new Turns()
  const gone: number[] = []
  for (const who of [1, 2, 3]) void turns.take().then(() => gone.push(who))
  t.same(gone, [])
  const seen: number[] = []
  for (let turn = 0; turn < 4; turn++) {
    await nextTurn()
    seen.push(gone.length)
  }
  t.same(gone, [1, 2, 3])
  t.ok(
    seen.every((count, turn) => count <= turn + 1),
    `after each turn: ${seen}`,
  )
  void turns.take().then(() => gone.push(4))
  await nextTurn()
  await nextTurn()
  t.same(gone, [1, 2, 3, 4], 'and again after it was empty')
})

t.test('twenty long lists do not keep a client with one command waiting', async (t) => {
  const { path, close } = await startHarness()
  const commands = 300
  const lists = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect(path)
      await once(socket, 'connect')
      socket.write(`${'get weight be_pg/pg1;'.repeat(commands - 1)}get weight be_pg/pg1\n`)
      return { socket, answer: collect(socket) }
    }),
  )
  let finished = 0
  for (const { answer } of lists) void answer.then(() => finished++)
  t.equal(await exchange(path, 'get weight be_pg/pg2\n'), '50 (initial 50)\n\n')
  t.equal(finished, 0, 'it is served before any list has ended')
  const answers = await Promise.all(lists.map(({ answer }) => answer))
  t.same(new Set(answers.map(String)), new Set(['100 (initial 100)\n\n'.repeat(commands)]))
  await close()
})
