import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

async function withDaemon() {
  const { path, ...rest } = await startHarness()
  const env = { HEADGATE_SOCKET: path }
  const say = async (line: string, columns?: number) => {
    const { code, out, err } = await headgate(line.split(' '), { env, ...(columns !== undefined && { columns }) })
    return code === 0 && err === '' ? out : `${code}: ${err}${out}`
  }
  return { ...rest, path, say }
}

const WHO = '\\w+ \\(uid \\d+, pid \\d+.*?\\)'

t.test('undo tells what was, what is, whose change it was, and how to make it again', async (t) => {
  const { say, close } = await withDaemon()
  t.equal(await say('undo'), '1: headgate: Nothing to undo.\n')
  const steps = [
    ['drain be_pg/pg1', 'be_pg/pg1: admin state drain → ready', 'drain be_pg/pg1'],
    ['weight be_pg/pg1 5', 'be_pg/pg1: weight 5 → 100', 'weight be_pg/pg1 5'],
    [
      'add be_pg/new 127.0.0.1:9 --weight 3 --maint',
      'be_pg/new: server address=127.0.0.1:9 weight=3 maxSessions=0 admin=maint → none',
      'add be_pg/new 127.0.0.1:9 --weight 3 --maint',
    ],
  ] as const
  for (const [command, words, redo] of steps) {
    t.match(await say(command), /Undo|Use it/)
    const told = await say('undo')
    t.match(told, new RegExp(`\\(undoes change \\d+ by ${WHO}, \\d+.* ago\\)`))
    t.equal(told.replace(/ \(undoes .*\)\. /, '. '), `${words}. Redo: headgate ${redo}\n`)
    t.match(await say(redo), /Undo|Use it/, 'which is a command')
    await say('undo')
  }
  t.match(await say('undo 1'), /^1: headgate: Change 1 was undone already, by change 2\.\n$/)
  t.equal(await say('undo 99'), '1: headgate: No change 99 is remembered. headgate audit lists those that are.\n')
  t.match(await say('undo x'), /^2: headgate: .*Expected a whole number/)
  await close()
})

t.test('a server that undo brings back out of use comes with the command that uses it', async (t) => {
  const { say, close } = await withDaemon()
  await say('remove be_pg/pg1')
  t.match(
    await say('undo'),
    /^be_pg\/pg1: server none → address=\S+ .*admin=maint .*\. Use it: headgate ready be_pg\/pg1\n$/,
  )
  t.match(await say('ready be_pg/pg1'), /maint → ready/)
  await close()
})

t.test('a change that no command makes is made again by undoing the undo', async (t) => {
  const { registry, say, close } = await withDaemon()
  registry.setGlobalLimit(7, 'somebody')
  t.match(
    await say('undo'),
    /^max sessions of all frontends 7 → 0 \(undoes change 1 by somebody, .*\)\. Redo: headgate undo 2\n$/,
  )
  t.match(await say('undo 2'), /^max sessions of all frontends 0 → 7 /)
  t.equal(registry.board.maxSessions, 7)
  await close()
})

t.test('audit lists who changed what; a target or a number picks some', async (t) => {
  const { path, say, close } = await withDaemon()
  t.equal(await say('audit'), 'Nothing was changed since the start.\n')
  for (const command of ['drain be_pg/pg1', 'weight be_pg/pg2 9', 'undo', 'ready be_pg/pg1']) await say(command)
  const lines = (await say('audit')).split('\n')
  t.match(lines[0], /^# {2}WHEN +OF +WHAT +WAS +IS +BY$/)
  t.match(lines[1], new RegExp(`^1  2026-\\S+Z  be_pg/pg1  admin state  ready  drain  ${WHO}$`))
  t.match(lines[2], /^2 .* be_pg\/pg2 {2}weight +50 +9 .*, undone by 3$/)
  t.match(lines[3], /^3 .* be_pg\/pg2 {2}weight +9 +50 .*, undoes 2$/)
  t.match(await say('audit be_pg/pg1'), /^.*\n1 .*\n4 .*\n$/)
  t.match(await say('audit -n 1'), /^.*\n4 .*\n$/)
  t.match(await say('audit -n 0'), /^2: headgate: .*Expected a whole number, 1 or more\./)
  t.match(JSON.parse(await say('audit --json --last 2')), [
    { number: 3, undoes: 2 },
    { number: 4, label: 'admin state' },
  ])
  const narrow = (await say('audit', 80)).split('\n')
  t.ok(
    narrow.every((line) => stripVTControlCharacters(line).length <= 80),
    'fits a terminal',
  )
  t.match(
    (await headgate(['undo', '--socket', path])).out,
    new RegExp(`Redo: headgate ready be_pg/pg1 --socket ${path}\n$`),
  )
  await close()
})

t.test('state shows what differs from the config, and --reset drops it', async (t) => {
  const { say, close } = await withDaemon()
  const memory = '\nKept in memory alone ([runtime].state is "off"): forgotten when headgate stops.\n'
  t.equal(await say('state'), `Nothing differs from the config.\n${memory}`)
  t.equal(await say('state --reset'), 'Nothing differs from the config.\n')
  await say('drain be_pg/pg1')
  await say('weight be_pg/pg2 9')
  const lines = (await say('state')).split('\n')
  t.match(lines[0], /^OF +WHAT +CONFIG +NOW +SINCE +BY$/)
  t.match(lines[1], new RegExp(`^be_pg/pg1  admin state  ready   drain  2026-\\S+Z  ${WHO}$`))
  t.match(lines[2], /^be_pg\/pg2 {2}weight +50 +9 /)
  t.equal(`\n${lines.slice(4).join('\n')}`, memory)
  t.match(JSON.parse(await say('state --json')), { file: null, differences: [{ kind: 'admin' }, { kind: 'weight' }] })
  t.equal(
    await say('state --reset'),
    'be_pg/pg1: admin state drain → ready\nbe_pg/pg2: weight 9 → 50\n' +
      '2 changes dropped. Each can be undone by its number: headgate audit\n',
  )
  t.equal(await say('state'), `Nothing differs from the config.\n${memory}`)
  await close()
})
