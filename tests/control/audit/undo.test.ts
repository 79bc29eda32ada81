import t from 'tap'
import { Audit } from '../../../src/control/audit/audit.js'
import { undo } from '../../../src/control/audit/undo.js'
import { type ChangeKind, SETTINGS, settingOf } from '../../../src/control/settings/list.js'
import { presenceSetting } from '../../../src/control/settings/presence-setting.js'
import { serverAt } from '../../../src/control/settings/server-setting.js'
import { BY_CONFIG } from '../../../src/control/settings/setting.js'
import type { Value } from '../../../src/control/settings/value.js'
import { configOf, SECTIONS, steered } from '../state/steered.js'

async function start(most?: number) {
  const config = await configOf(SECTIONS)
  const steerable = steered(config)
  const audit = new Audit(steerable.registry, () => 1_000, most)
  const set = async (kind: ChangeKind, target: string, value: Value, by = 'alice') =>
    settingOf(kind).apply(steerable, target, value, by)
  const now = (kind: ChangeKind, target: string) => settingOf(kind).current(steerable.registry, target)
  const back = (number?: number) => undo(audit, steerable, number, 'bob')
  return { config, ...steerable, steerable, audit, set, now, back }
}

/** For each kind of change a target, another value than it has, and a second one. */
const CHANGES: Readonly<Record<ChangeKind, readonly [target: string, one: Value, other: Value]>> = {
  server: ['db/new', { address: '127.0.0.1:7009', weight: 7, maxSessions: 3 }, null],
  address: ['db/r1', '10.0.0.9:99', '[2001:db8::1]:99'],
  admin: ['db/r1', 'drain', 'maint'],
  weight: ['db/r2', 0, 256],
  'server-limit': ['db/r2', 0, 4],
  checked: ['db/r1', 'off', 'on'],
  'probe-at': ['db/r1', { host: '10.0.0.9' }, { host: '10.0.0.9', port: 99 }],
  'agent-on': ['db/r1', 'off', 'on'],
  'agent-at': ['db/r1', { port: 99 }, { host: '10.0.0.9', port: 99, send: 'r1\\n' }],
  split: ['in', { db: 75, canary: 25 }, { db: 0, canary: 1 }],
  pause: ['db', '20s', '1m'],
  frontend: ['in', 'disabled', 'enabled'],
  'frontend-limit': ['in', 0, 7],
  'global-limit': ['', 1_000, 5],
}

for (const { kind } of SETTINGS) {
  t.test(`${kind}: each change is noted, undone once, and can be redone`, async (t) => {
    const { audit, set, now, back } = await start()
    const [target, one, other] = CHANGES[kind]
    const before = now(kind, target)
    await set(kind, target, one)
    await set(kind, target, one)
    t.match(audit.entries, [{ number: 1, at: 1_000, by: 'alice', kind, target, was: before, is: one }])
    t.equal(audit.entries.length, 1, 'what has the value already was not changed')
    await set(kind, target, other)
    t.same(now(kind, target), other)
    t.match(await back(), { ok: true, undone: { number: 2 } })
    t.same(now(kind, target), one)
    t.match(await back(), { ok: true, undone: { number: 1 } })
    t.same(now(kind, target), before)
    t.same(await back(), { ok: false, why: 'nothing to undo' })
    t.match(await back(1), { ok: false, why: 'change 1 was undone already, by change 4' })
    t.match(await back(4), { ok: true, undone: { number: 4 } }, 'an undo can be undone by its number')
    t.same(now(kind, target), one)
    const links = audit.entries.map(({ undoes, undoneBy }) => [undoes, undoneBy])
    t.same(links, [
      [undefined, 4],
      [undefined, 3],
      [2, undefined],
      [1, 5],
      [4, undefined],
    ])
  })
}

t.test('what is gone or was changed since is not undone', async (t) => {
  const { registry, topology, set, now, back } = await start()
  await set('weight', 'db/r1', 50)
  const server = serverAt(registry, 'db/r1')
  if (!server) throw new Error('no server')
  registry.board.setServer(server.slot, 'weight', 80)
  t.same(await back(), {
    ok: false,
    why: 'change 1 cannot be undone: it made the weight of db/r1 50, and since then it was made 80',
  })
  t.equal(now('weight', 'db/r1'), 80)
  await topology.change((declared) => ({
    ...declared,
    backends: declared.backends.map((backend) => ({ ...backend, servers: backend.servers.slice(-1) })),
  }))
  t.same(await back(1), { ok: false, why: 'change 1 cannot be undone: db/r1 is gone' })
  t.same(await back(7), { ok: false, why: 'no change 7 is remembered' })
})

t.test('changes that a reload made are in the audit, and undo passes them over', async (t) => {
  const { audit, set, now, back } = await start()
  await set('admin', 'db/r1', 'drain')
  await set('weight', 'db/r2', 60, BY_CONFIG)
  t.match(await back(), { ok: true, undone: { kind: 'admin' } })
  t.equal(now('weight', 'db/r2'), 60)
  t.equal(audit.entries.length, 3)
  t.match(await back(2), { ok: true }, 'unless it is named')
})

t.test('a server that was removed comes back as it was declared', async (t) => {
  const { audit, registry, set, now, back } = await start()
  await set('server', 'db/r2', null)
  t.equal(serverAt(registry, 'db/r2'), undefined)
  t.match(await back(), {
    ok: true,
    undone: { was: { address: '127.0.0.1:7002', weight: 50, maxSessions: 9 }, is: null },
  })
  t.same(now('server', 'db/r2'), { address: '127.0.0.1:7002', weight: 50, maxSessions: 9 })
  t.equal(
    presenceSetting.command('db/r2', audit.entries[0]?.was ?? null),
    'add server db/r2 127.0.0.1:7002 weight 50 maxconn 9 enabled',
  )
})

t.test('a server that was added in maint is configured so; removed in maint, it comes back so', async (t) => {
  const { registry, set, now, back } = await start()
  const added = { address: '127.0.0.1:7009', weight: 7, maxSessions: 0, admin: 'maint' }
  await set('server', 'db/new', added)
  t.equal(now('admin', 'db/new'), 'maint')
  t.same(now('server', 'db/new'), added)
  await set('admin', 'db/new', 'ready')
  t.same(now('server', 'db/new'), added, 'what it began with')
  await set('admin', 'db/r2', 'maint')
  await set('server', 'db/r2', null)
  await back()
  t.equal(now('admin', 'db/r2'), 'maint')
  t.equal(serverAt(registry, 'db/r2')?.weight, 50)
})

t.test('a name that had another address set gets its own back', async (t) => {
  const { registry, set, now, back } = await start()
  await set('address', 'canary/c1', '127.0.0.1:1')
  t.equal(now('address', 'canary/c1'), '127.0.0.1:1')
  await back()
  t.equal(now('address', 'canary/c1'), 'db.example:7003')
  t.equal(serverAt(registry, 'canary/c1')?.lastAddressChange, undefined, 'the resolver looks after it again')
})

t.test('an undo that cannot be made says why, and changes nothing', async (t) => {
  const { audit, set, now, back, refuseNext } = await start()
  await set('frontend', 'in', 'disabled')
  refuseNext()
  t.match(await back(), { ok: false, why: /^change 1 cannot be undone: / })
  t.equal(now('frontend', 'in'), 'disabled')
  t.match(audit.entries, [{ number: 1, undoneBy: undefined }], 'it stands, and can be undone later')
  t.match(await back(), { ok: true, undone: { number: 1 } })
  t.equal(now('frontend', 'in'), 'enabled')
})

t.test('the last changes are remembered, and their numbers go on', async (t) => {
  const { audit, set } = await start(3)
  for (let weight = 1; weight <= 5; weight++) await set('weight', 'db/r1', weight)
  t.same(
    audit.entries.map(({ number, is }) => [number, is]),
    [
      [3, 3],
      [4, 4],
      [5, 5],
    ],
  )
})
