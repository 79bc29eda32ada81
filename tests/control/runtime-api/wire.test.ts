import { once } from 'node:events'
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

t.test('replies to a list leave together, but not after a command that takes its time', async (t) => {
  const socket = connect(harness.path).setEncoding('utf8')
  await converse(socket, 'prompt\n')
  socket.write('get weight be_pg/pg1;get weight be_pg/pg2;show version\n')
  const [together] = await once(socket, 'data')
  t.equal(
    together,
    '100 (initial 100)\n\n> 50 (initial 50)\n\n> 0.1.0\n\n> ',
    'HATop reads to the prompt that ends a packet',
  )
  socket.write('get weight be_pg/pg1;show events 0 -f\n')
  const [first] = await once(socket, 'data')
  t.equal(first, '100 (initial 100)\n\n> ')
  socket.destroy()
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

t.test('payload: lines up to an empty one, or to the word that was said, are read over', async (t) => {
  const { path } = harness
  const version = '0.1.0\n\n'
  const weight = '100 (initial 100)\n\n'
  const replies = [
    ['show version <<\nabc\n\n', version],
    ['show version <<\r\nabc\r\n\r\n', version],
    ['show version <<\n\n', version],
    ['show version <<\nabc\n\nget weight be_pg/pg1\n', version + weight],
    ['get weight be_pg/pg1; show version <<\nabc;show version\n\n', weight + version],
    ['show version <<END\nabc\n\n;get weight be_pg/pg1\nEND\nget weight be_pg/pg1\n', version + weight],
    ['show version <<;get weight be_pg/pg1\n', `Trailing garbage '<<' after 'show version'.\n\n${weight}`],
    ['get weight be_pg/pg1 << \n', "Trailing garbage '<<' after 'get weight'.\n\n"],
    [`show version <<\n${'x'.repeat(20_000)}\n\n`, 'Line too long: a command has at most 16384 bytes.\n\n'],
  ] as const
  for (const [sent, reply] of replies) t.equal(await exchange(path, sent), reply, JSON.stringify(sent.slice(0, 80)))
  t.match(await exchange(path, 'show version<<\n'), /^Unknown command, but/, 'it is a word of its own')
  t.equal(await exchange(path, 'show version <<\nabc\n', 'end'), '', 'without its end there is no command')
  t.equal(
    await exchange(path, 'prompt\nshow version <<\nabc\n\nquit\n'),
    '\n> + + 0.1.0\n\n> ',
    'a prompt for each further line',
  )
})

t.test('severity of messages, as a number or a word; dumps have none', async (t) => {
  const { path } = harness
  const wrong = "one of 'none', 'number', 'string' is a required argument\n\n"
  const replies = [
    ['get weight be_pg/pg1; get weight x', "100 (initial 100)\n\n[err]: Require 'backend/server'.\n\n"],
    ['show version; show cli level', '[info]: 0.1.0\n\n[info]: admin\n\n'],
    ['set weight be_pg/pg1 100; set timeout cli x', '\n[err]: Invalid timeout value.\n\n'],
    ['set severity-output number; show version; get weight x', "\n[6]: 0.1.0\n\n[3]: Require 'backend/server'.\n\n"],
    ['set severity-output none; show version', '\n0.1.0\n\n'],
    ['set severity-output foo', `[err]: ${wrong}`],
    ['get weight x json', '{"error":"Require \'backend/server\'."}\n\n'],
  ] as const
  for (const [sent, reply] of replies) {
    t.equal(await exchange(path, `set severity-output string;${sent}\n`), `\n${reply}`, sent)
  }
  t.match(await exchange(path, 'set severity-output string;foo\n'), /^\n\[info\]: Unknown command/)
})

t.test('a client lowers its level, and never raises it', async (t) => {
  const { path } = harness
  const denied = 'Permission denied\n\n'
  const replies = [
    ['show cli level', 'admin\n\n'],
    [
      'operator; show cli level; set weight be_pg/pg1 10; get weight be_pg/pg1',
      `\noperator\n\n${denied}100 (initial 100)\n\n`,
    ],
    ['user; show cli level; show sess; operator; show sess', `\nuser\n\n${denied}${denied}${denied}`],
    ['user; user; show cli level json', '\n\n{"level":"user"}\n\n'],
    ['user x', "Trailing garbage 'x' after 'user'.\n\n"],
  ] as const
  for (const [sent, reply] of replies) t.equal(await exchange(path, `${sent}\n`), reply, sent)
})

t.test('set timeout cli: of this client alone, in seconds or with a unit', async (t) => {
  const { path } = harness
  const invalid = 'Invalid timeout value.\n\n'
  const replies = [
    ['set timeout cli 10', '\n'],
    ['set timeout cli 1m', '\n'],
    ['set timeout cli', 'Expects an integer value.\n\n'],
    ['set timeout', "'set timeout' only supports 'cli'.\n\n"],
    ['set timeout foo', "'set timeout' only supports 'cli'.\n\n"],
    ...['x', '10x', '0', '-1', '99999d', '1e3'].map((text) => [`set timeout cli ${text}`, invalid] as const),
  ] as const
  for (const [sent, reply] of replies) t.equal(await exchange(path, `${sent}\n`), reply, sent)
  const began = performance.now()
  t.equal(await exchange(path, 'prompt;set timeout cli 50ms\n'), '\n> \n> ')
  t.ok(performance.now() - began < 1_000, 'and it is dropped after them')
})

t.test('json at the end of a command that there is not: the shape of every error', async (t) => {
  const { path } = harness
  const unknown = "Unknown command 'show versoin'."
  t.same(JSON.parse(await exchange(path, 'show versoin json\n')), { error: unknown, nearest: 'show version' })
  t.same(JSON.parse(await exchange(path, 'json\n')), { error: "Unknown command ''." })
})

t.test('idle clients are dropped, in the middle of a command and between two', async (t) => {
  const { path, close } = await startHarness({ idleMs: 50 })
  for (const sent of ['', 'show ver', 'prompt\n']) {
    t.ok((await exchange(path, sent)).length < 5, JSON.stringify(sent))
  }
  await close()
  await harness.close()
})
