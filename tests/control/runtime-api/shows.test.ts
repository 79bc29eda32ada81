/** Shows of our own, and those whose content no other program can have: events, environment, activity; and all as JSON. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { COMMANDS } from '../../../src/control/runtime-api/commands/list.js'
import { NOW } from './captured-registry.js'
import { collect, exchange, startHarness } from './harness.js'

const STAMP = new Date(NOW).toISOString()

t.test('show events: the last ones, oldest first', async (t) => {
  const { path, events, close } = await startHarness()
  t.equal(await exchange(path, 'show events\n'), '\n')
  for (const to of ['drain', 'maint', 'ready']) events.note('admin-state', `be_pg/pg1 to ${to}`, { to })
  const line = (to: string) => `${STAMP} admin-state: be_pg/pg1 to ${to}\n`
  t.equal(await exchange(path, 'show events\n'), `${line('drain')}${line('maint')}${line('ready')}\n`)
  t.equal(await exchange(path, 'show events 1\n'), `${line('ready')}\n`)
  t.equal(await exchange(path, 'show events 0\n'), '\n')
  t.same(JSON.parse(await exchange(path, 'show events 1 json\n')), [
    { number: 3, at: NOW, event: 'admin-state', words: 'be_pg/pg1 to ready', fields: { to: 'ready' } },
  ])
  for (let i = 0; i < 200; i++) events.note('weight', `w${i}`, {})
  t.equal((await exchange(path, 'show events\n')).split('\n').length, 100 + 2, 'as many as are kept')
  for (const args of ['x', '1 2', '-f 1', '-1', '-f -f']) {
    t.equal(await exchange(path, `show events ${args}\n`), "'show events' expects [<count>] [-f].\n\n", args)
  }
  await close()
})

t.test('show events -f: goes on until the client says something, ends its side or is gone', async (t) => {
  const { path, events, close } = await startHarness({ idleMs: 100 })
  const follow = async (command: string) => {
    const socket = connect(path).setEncoding('utf8')
    let heard = ''
    socket.on('data', (text) => {
      heard += text
    })
    events.note('weight', 'before', {})
    socket.write(command)
    while (!heard.includes('before')) await once(socket, 'data')
    return { socket, heard: () => heard, next: () => once(socket, 'data') }
  }

  const asked = await follow('show events 1 -f\n')
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.notOk(asked.socket.closed, 'a follower is not idle')
  events.note('weight', 'first', {})
  events.note('weight', 'second', {})
  await asked.next()
  t.match(asked.heard(), / weight: before\n.* weight: first\n.* weight: second\n$/)
  asked.socket.write('\n')
  await once(asked.socket, 'close')
  t.match(asked.heard(), /second\n\n/, 'a line feed ends it')

  const half = await follow('show events 1 -w\n')
  half.socket.end()
  await once(half.socket, 'close')
  t.match(half.heard(), /before\n\n$/, 'so does ending the own side')

  const prompting = await follow('prompt; show events 1 -f\n')
  prompting.socket.write('show version\n')
  await prompting.next()
  while (!prompting.heard().endsWith('> ')) await prompting.next()
  t.match(
    prompting.heard(),
    /^\n> .*before\n\n> 0\.1\.0\n\n> $/s,
    'in interactive mode the line that ends it is a command',
  )
  prompting.socket.destroy()

  const json = await follow('show events 1 -f json\n')
  events.note('split', 'now', { frontend: 'fe_pg' })
  await json.next()
  const [past, fresh] = json.heard().trimEnd().split('\n')
  t.match(JSON.parse(past ?? ''), { event: 'weight', words: 'before' })
  t.match(JSON.parse(fresh ?? ''), { event: 'split', fields: { frontend: 'fe_pg' } })
  json.socket.destroy()

  t.equal(await exchange(path, 'show events 0 -f; show version\n'), '\n0.1.0\n\n', 'nothing is followed in a list')
  await close()
})

t.test('a follower that reads nothing costs one reply: it is told how many events it missed, or dropped', async (t) => {
  const { path, events, close } = await startHarness({ idleMs: 500 })
  const long = 'x'.repeat(10_000)
  const start = async () => {
    const socket = connect(path).pause()
    socket.write('show events 0 -f\n')
    await once(socket, 'connect')
    await exchange(path, 'show version\n')
    for (let i = 0; i < 1_000; i++) {
      events.note('weight', long, {})
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    return socket
  }
  const slow = await start()
  let heard = ''
  for await (const chunk of slow.setEncoding('utf8')) {
    heard += chunk
    if (/^# \d+ events missed$/m.test(heard)) slow.end()
  }
  t.match(heard, /^# \d+ events missed$/m)
  t.ok(heard.length < 5_000_000, `${heard.length} of 10,000,000 bytes were made`)

  const deaf = await start()
  await new Promise((resolve) => setTimeout(resolve, 700))
  const text = String(await collect(deaf.resume()))
  t.notMatch(text, /\n\n$/, 'dropped in the middle')
  await close()
})

t.test('show env: one, all, and never what may be a secret', async (t) => {
  const { path, close } = await startHarness()
  const vars = {
    HG_PLAIN: 'bar',
    HG_LINES: 'a\nb=c',
    HG_PASSWORD: 'hidden-1',
    HG_API_KEY: 'hidden-2',
    PGPASSFILE: 'hidden-3',
    HG_DATABASE_URL: 'hidden-4',
    HG_AT: 'postgres://me:hidden-5@db/x',
    HG_PEM: '-----BEGIN PRIVATE KEY-----\nhidden-6',
  }
  Object.assign(process.env, vars)
  t.teardown(() => {
    for (const name of Object.keys(vars)) delete process.env[name]
  })
  t.equal(await exchange(path, 'show env HG_PLAIN\n'), 'HG_PLAIN=bar\n\n')
  t.equal(await exchange(path, 'show env HG_LINES\n'), 'HG_LINES=a\\nb=c\n\n')
  t.equal(await exchange(path, 'show env HG_PASSWORD\n'), 'HG_PASSWORD=<redacted>\n\n')
  t.equal(await exchange(path, 'show env NOPE\n'), 'Variable not found\n\n')
  t.same(JSON.parse(await exchange(path, 'show env HG_PLAIN json\n')), { HG_PLAIN: 'bar' })
  const all = await exchange(path, 'show env\n')
  t.match(all, /^HG_PLAIN=bar$/m)
  t.notMatch(all + (await exchange(path, 'show env json\n')), /hidden-/)
  await close()
})

t.test('show env: the password of a check is none of it, whatever its variable is called', async (t) => {
  const { path, registry, close } = await startHarness()
  Object.assign(process.env, { HG_ONE: 'hidden-1', HG_TWO: 'hidden-2' })
  t.teardown(() => {
    delete process.env.HG_ONE
    delete process.env.HG_TWO
  })
  t.match(await exchange(path, 'show env\n'), /^HG_ONE=hidden-1$/m)
  const [one, two] = registry.backends
  if (!one || !two) throw new Error('the captured registry has two backends')
  Object.assign(one.settings, { check: { type: 'postgres', login: { user: 'monitor', password: { env: 'HG_ONE' } } } })
  Object.assign(two.settings, { check: { type: 'redis', password: { env: 'HG_TWO' } } })
  const all = await exchange(path, 'show env\n')
  t.match(all, /^HG_ONE=<redacted>$/m)
  t.match(all, /^HG_TWO=<redacted>$/m)
  await close()
})

t.test('show activity: the total and each worker', async (t) => {
  const { path, close } = await startHarness()
  const activity = await exchange(path, 'show activity\n')
  t.match(activity, /^thread_id: 1 \(1\.\.2\)\ndate_now: 1795251418\.000000\nrecords_dropped: 0 \[ 0 0 \]\n/)
  t.match(JSON.parse(await exchange(path, 'show activity json\n')), { workers: 2, loops: [0, 0] })
  await close()
})

t.test('every show answers json with one line of JSON', async (t) => {
  const { path, close } = await startHarness()
  const args: Readonly<Record<string, string>> = {
    'show server': 'be_pg/pg1',
    'show why': 'be_pg/pg1',
    'show explain': '192.0.2.7 fe_pg',
    'show split': 'fe_pg',
  }
  for (const { words } of COMMANDS.filter(({ words }) => words[0] === 'show')) {
    const name = words.join(' ')
    const reply = await exchange(path, `${name} ${args[name] ?? ''} json\n`)
    t.match(reply, /^[[{].*[\]}]\n\n$/, name)
    t.notMatch(JSON.parse(reply), { error: String }, name)
  }
  await close()
})

t.test('what a user may see, and what only an operator', async (t) => {
  const { path, close } = await startHarness({ level: 'user' })
  for (const command of ['env', 'errors', 'events', 'sess']) {
    t.equal(await exchange(path, `show ${command}\n`), 'Permission denied\n\n', command)
  }
  for (const command of ['info', 'stat', 'activity', 'servers conn', 'servers state', 'backend', 'version']) {
    t.notMatch(await exchange(path, `show ${command}\n`), /denied/, command)
  }
  await close()
})
