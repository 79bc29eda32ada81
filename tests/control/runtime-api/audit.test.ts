import t from 'tap'
import type { AuditDocument } from '../../../src/control/runtime-api/commands/show-audit.js'
import type { StateDocument } from '../../../src/control/runtime-api/commands/show-state.js'
import { exchange, startHarness } from './harness.js'

const WHO = /runtime-api \w+ \(uid \d+, pid \d+(, login \w+)?\)/.source

async function start(level: 'admin' | 'operator' | 'user' = 'admin') {
  const { path, close } = await startHarness({ level })
  const say = (command: string) => exchange(path, `${command}\n`)
  const ask = async (command: string): Promise<unknown> => JSON.parse(await say(`${command} json`))
  return { say, ask, close }
}

t.test('show audit: who changed what and when, oldest first', async (t) => {
  const { say, ask, close } = await start()
  t.equal(await say('show audit'), '\n')
  await say('set server be_pg/pg1 state drain')
  await say('set server be_pg/pg1 state drain')
  await say('set maxconn global 100')
  const lines = (await say('show audit')).split('\n')
  t.match(lines[0], new RegExp(`^1 2026-\\S+Z be_pg/pg1: admin state ready -> drain, by ${WHO}$`))
  t.match(lines[1], new RegExp(`^2 2026-\\S+Z max sessions of all frontends 0 -> 100, by ${WHO}$`))
  t.same(lines.slice(2), ['', ''])
  const { changes } = (await ask('show audit 1')) as AuditDocument // compared below
  t.match(changes, [{ number: 2, kind: 'global-limit', target: '', was: 0, is: 100, by: /^runtime-api / }])
  t.equal(changes.length, 1)
  t.same(await ask('show audit 0'), { changes: [] })
  t.same(await ask('show audit x'), { error: "'show audit' expects a number of changes, found 'x'." })
  await close()
})

t.test('undo reverses the last change, and says how to make it again', async (t) => {
  const { say, ask, close } = await start()
  await say('set server be_pg/pg1 weight 7')
  await say('set server be_pg/pg2 state maint')
  t.match(
    await say('undo'),
    new RegExp(
      `^be_pg/pg2: admin state maint -> ready \\(change 2 by ${WHO}\\)\\. Redo: set server be_pg/pg2 state maint\n\n$`,
    ),
  )
  t.match(await ask('undo'), {
    undone: { number: 1, kind: 'weight', target: 'be_pg/pg1', was: 100, is: 7 },
    label: 'weight',
    was: 7,
    is: 100,
    redo: 'set server be_pg/pg1 weight 7',
  })
  t.equal(await say('get weight be_pg/pg1'), '100 (initial 100)\n\n')
  t.equal(await say('undo'), 'Nothing to undo.\n\n')
  t.same(await ask('undo 1'), { error: 'Change 1 was undone already, by change 4.' })
  t.same(await ask('undo 77'), { error: 'No change 77 is remembered.' })
  t.same(await ask('undo pg1'), {
    error: "'undo' expects the number of a change, found 'pg1'; 'show audit' lists them.",
  })
  t.match(await say('show audit'), /\(undone by 4\)\n2 .*\(undone by 3\)\n3 .*\(undoes 2\)\n4 .*\(undoes 1\)\n/)
  await close()
})

t.test('undo leaves alone what somebody else has set since', async (t) => {
  const { say, ask, close } = await start()
  await say('set server be_pg/pg1 weight 7')
  await say('set server be_pg/pg1 weight 8')
  t.same(await ask('undo 1'), {
    error: 'Change 1 cannot be undone: it made the weight of be_pg/pg1 7, and since then it was made 8.',
  })
  t.equal(await say('get weight be_pg/pg1'), '8 (initial 100)\n\n')
  await close()
})

t.test('show state: what differs from the config; clear state brings it back', async (t) => {
  const { say, ask, close } = await start()
  t.same(await ask('show state'), { file: null, failing: null, differences: [] })
  await say('set server be_pg/pg1 weight 7')
  await say('set server be_pg/pg2 state drain')
  await say('set server be_pg/pg1 weight 8')
  await say('set server be_pg/pg3 weight 5; set server be_pg/pg3 weight 1')
  await say('add server be_nochk/new 127.0.0.1:1 weight 5')
  await say('set server be_nochk/new state ready')
  const lines = (await say('show state')).split('\n')
  t.match(lines[0], new RegExp(`^be_pg/pg2: admin state drain \\(config: ready\\), by ${WHO} at 2026-\\S+Z$`))
  t.match(lines[1], /^be_pg\/pg1: weight 8 \(config: 100\), by/)
  t.match(lines[2], /^be_nochk\/new: server address=127\.0\.0\.1:1 weight=5 maxSessions=0 admin=maint \(config: none\)/)
  t.match(lines[3], /^be_nochk\/new: admin state ready \(config: maint\)/)
  t.same(lines.slice(4), ['', ''])
  const { differences } = (await ask('show state')) as StateDocument // compared below
  t.match(differences, [{ kind: 'admin' }, { kind: 'weight' }, { kind: 'server' }, { kind: 'admin' }])
  t.equal(await say('clear state'), '4 changes dropped.\n\n')
  t.equal(await say('show state'), '\n')
  t.equal(await say('get weight be_pg/pg1'), '100 (initial 100)\n\n')
  t.equal(await say('get weight be_nochk/new'), 'No such server.\n\n')
  t.same(await ask('clear state'), { reset: [], failed: [] })
  await close()
})

t.test('a removed server that is back and ready is no change any more, and clear state leaves it in use', async (t) => {
  const { say, close } = await start()
  await say('set server be_pg/pg1 state maint; del server be_pg/pg1; undo')
  t.match(await say('show state'), /^be_pg\/pg1: admin state maint \(config: ready\), by .*\n\n$/)
  await say('set server be_pg/pg1 state ready')
  t.equal(await say('show state'), '\n')
  await say('set server be_pg/pg1 state maint; del server be_pg/pg1; add server be_pg/pg1 127.0.0.1:1 enabled')
  t.match(
    await say('show state'),
    /^be_pg\/pg1: server address=127\.0\.0\.1:1 weight=1 maxSessions=0 \(config: .*\n\n$/,
  )
  t.equal(await say('clear state'), '1 change dropped.\n\n')
  t.equal(await say('show state'), '\n')
  t.equal(await say('get weight be_pg/pg1'), '100 (initial 100)\n\n')
  await close()
})

t.test('levels: a user sees what differs, an operator who did it, an admin undoes it', async (t) => {
  const user = await start('user')
  t.equal(await user.say('show state'), '\n')
  for (const command of ['show audit', 'undo', 'clear state']) t.equal(await user.say(command), 'Permission denied\n\n')
  await user.close()
  const operator = await start('operator')
  t.equal(await operator.say('show audit'), '\n')
  t.equal(await operator.say('undo'), 'Permission denied\n\n')
  await operator.close()
})
