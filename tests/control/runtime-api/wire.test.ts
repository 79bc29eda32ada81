import { connect } from 'node:net'
import t from 'tap'
import { collect, converse, exchange, startHarness } from './harness.js'

const harness = await startHarness()

t.test('one-shot: one line, its reply, and the connection is closed', async (t) => {
  const { path } = harness
  const replies = [
    ['get weight be_pg/pg1\n', '100 (initial 100)\n\n'],
    ['get weight be_pg/pg1\r\n', '100 (initial 100)\n\n'],
    ['get weight be_pg\\/pg1\n', '100 (initial 100)\n\n'],
    ['  get \t weight   be_pg/pg1  \n', '100 (initial 100)\n\n'],
    ['get weight be_pg/pg1;get weight be_pg/pg2\n', '100 (initial 100)\n\n50 (initial 50)\n\n'],
    ['get weight be_pg/pg1\nget weight be_pg/pg2\n', '100 (initial 100)\n\n50 (initial 50)\n\n'],
    ['set weight be_pg/pg1 90;set weight be_pg/pg1 100;get weight be_pg/pg1\n', '\n\n100 (initial 100)\n\n'],
    ['get weight be_pg\\;x/pg1\n', 'No such backend.\n\n'],
    ['quit;show version\n', ''],
    ['get weight be_pg/pg1 be_pg/pg2\n', "Trailing garbage 'be_pg/pg2' after 'get weight'.\n\n"],
  ] as const
  for (const [sent, reply] of replies) t.equal(await exchange(path, sent), reply, JSON.stringify(sent))
  const [first, , last] = (await exchange(path, 'get weight be_pg/pg1; nosuch ; get weight be_pg/pg2\n')).split('\n\n')
  t.same([first, last], ['100 (initial 100)', '50 (initial 50)'], 'an unknown command does not end the list')
})

t.test('a client may end its side: a whole command is answered, a part of one is not', async (t) => {
  const { path } = harness
  t.equal(await exchange(path, 'get weight be_pg/pg1\n', 'end'), '100 (initial 100)\n\n')
  t.equal(await exchange(path, 'get weight be_pg/pg1', 'end'), '')
  t.equal(await exchange(path, 'prompt;get weight be_pg/pg2\n', 'end'), '\n> 50 (initial 50)\n\n> ')
})

t.test('a command may come in pieces', async (t) => {
  const socket = connect(harness.path)
  const reply = collect(socket)
  for (const piece of ['get wei', 'ght be_pg\\', '/pg1', '\r', '\n']) {
    await new Promise((resolve) => socket.write(piece, resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.equal(String(await reply), '100 (initial 100)\n\n')
})

t.test('interactive: a prompt after each reply until prompt or quit', async (t) => {
  const socket = connect(harness.path)
  t.equal(await converse(socket, 'prompt\n'), '\n> ')
  t.equal(await converse(socket, 'get weight be_pg/pg1\n'), '100 (initial 100)\n\n> ')
  t.equal(await converse(socket, 'set weight be_pg/pg1 100\n'), '\n> ')
  t.equal(
    await converse(socket, 'set server be_pg/pg1 weight xx\n'),
    'Empty weight string empty or preceded by garbage\n> ',
  )
  t.match(await converse(socket, '\n'), /^Unknown command\. Please enter one of the following commands only:\n/)
  t.match(
    await converse(socket, 'bogus/\n'),
    /^Unknown command, but maybe one of the following ones is a better match:\n/,
  )
  socket.write('prompt\n')
  t.equal(String(await collect(socket)), '\n', 'back in one-shot mode with nothing more to read: closed')

  const other = connect(harness.path)
  await converse(other, 'prompt\n')
  other.write('quit\n')
  t.equal(String(await collect(other)), '')
})

t.test('a command that is too long is told so, not reset', async (t) => {
  const { path } = harness
  const sorry = 'Line too long: a command has at most 16384 bytes.\n\n'
  t.equal(await exchange(path, `show stat ${'x'.repeat(20_000)}\n`), sorry)
  t.equal(await exchange(path, 'x'.repeat(300_000)), sorry, 'without an end')
  const whole = `get weight be_pg/${'x'.repeat(16_384 - 17)}`
  t.equal(await exchange(path, `${whole}\n`), 'No such server.\n\n', 'the longest')
  t.equal(await exchange(path, `${whole}x\n`), sorry, 'one more')
  const list = 'get weight be_pg/pg1;'.repeat(1_000)
  t.equal(await exchange(path, `${list}quit\n`), '100 (initial 100)\n\n'.repeat(1_000), 'a list is as long as it likes')
})

t.test('idle clients are dropped, in the middle of a command and between two', async (t) => {
  const { path, close } = await startHarness({ idleMs: 50 })
  for (const sent of ['', 'show ver', 'prompt\n']) {
    t.ok((await exchange(path, sent)).length < 5, JSON.stringify(sent))
  }
  await close()
  await harness.close()
})
