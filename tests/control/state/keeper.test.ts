import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.js'
import { Audit } from '../../../src/control/audit/audit.js'
import { undo } from '../../../src/control/audit/undo.js'
import { type ChangeKind, settingOf } from '../../../src/control/settings/list.js'
import type { Value } from '../../../src/control/settings/value.js'
import { catchUp } from '../../../src/control/state/catch-up.js'
import { formatState, parseState } from '../../../src/control/state/document.js'
import { entryKey } from '../../../src/control/state/entry.js'
import { type KeeperOptions, StateKeeper } from '../../../src/control/state/keeper.js'
import { mergeState, standingConfig } from '../../../src/control/state/merge.js'
import { reset, restore, settle } from '../../../src/control/state/settle.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { ManualTiming } from '../small-registry.js'
import { configOf, SECTIONS, steered } from './steered.js'

async function start(t: Test, options: Partial<KeeperOptions> = {}) {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const path = join(folder.path, 'headgate.state')
  const config = await configOf(SECTIONS)
  const timing = new ManualTiming()
  const steerable = steered(config)
  const audit = new Audit(steerable.registry, timing.now)
  const keeper = new StateKeeper({ path, config, entries: [], audit, timing, ...options })
  const set = async (kind: ChangeKind, target: string, value: Value) =>
    settingOf(kind).apply(steerable, target, value, 'alice')
  const kept = () => keeper.entries.map(({ kind, target, configured, value }) => [kind, target, configured, value])
  const onDisk = () => {
    const parsed = parseState(readFileSync(path))
    return parsed.ok ? parsed.entries : parsed.why
  }
  const events: unknown[] = []
  for (const name of ['failing', 'recovered', 'overfull'] as const) {
    keeper.on(name, (...facts: unknown[]) => events.push([name, ...facts]))
  }
  keeper.on('dropped', (dropped) =>
    events.push(['dropped', ...dropped.map(({ entry, why }) => `${entry.kind} ${entry.target} ${why}`)]),
  )
  return { ...steerable, steerable, path, config, timing, audit, keeper, set, kept, onDisk, events }
}

t.test(
  'what differs from the config is kept, the latest value of each, and what is as configured is not',
  async (t) => {
    const { keeper, set, kept } = await start(t)
    await set('admin', 'db/r1', 'drain')
    await set('weight', 'db/r2', 7)
    await set('weight', 'db/r2', 8)
    await set('admin', 'db/r1', 'maint')
    t.same(kept(), [
      ['weight', 'db/r2', 50, 8],
      ['admin', 'db/r1', 'ready', 'maint'],
    ])
    t.match(keeper.entries[0], { by: 'alice', at: 1_800_000_000_000 })
    await set('weight', 'db/r2', 50)
    await set('admin', 'db/r1', 'ready')
    t.same(kept(), [])
  },
)

t.test('an added server and what was set of it; nothing of it stays when it is removed', async (t) => {
  const { set, kept } = await start(t)
  const added = { address: '127.0.0.1:7009', weight: 7, maxSessions: 0 }
  await set('server', 'db/new', added)
  await set('weight', 'db/new', 9)
  await set('admin', 'db/new', 'drain')
  t.same(kept(), [
    ['server', 'db/new', null, added],
    ['weight', 'db/new', 7, 9],
    ['admin', 'db/new', 'ready', 'drain'],
  ])
  await set('server', 'db/new', null)
  t.same(kept(), [])
  await set('weight', 'db/r1', 1)
  await set('server', 'db/r1', null)
  t.same(kept(), [['server', 'db/r1', { address: '127.0.0.1:7001', weight: 100, maxSessions: 0 }, null]])
})

t.test('changes of one moment are written together, a moment later, and at close', async (t) => {
  const { keeper, timing, set, path, onDisk } = await start(t)
  keeper.begin()
  t.same(timing.pending, [], 'nothing to write')
  await set('weight', 'db/r1', 1)
  await set('weight', 'db/r2', 2)
  t.same(timing.pending, [100])
  t.notOk(existsSync(path))
  await timing.next()
  await keeper.flush()
  t.match(onDisk(), [{ value: 1 }, { value: 2 }])
  await set('weight', 'db/r1', 3)
  const closed = keeper.close()
  await set('weight', 'db/r2', 4)
  await closed
  t.match(onDisk(), [{ value: 2 }, { value: 3 }], 'what comes after is another process’s')
  t.same(timing.pending, [])
})

t.test('in an upgrade the file is the successor’s, and ours again when there is none', async (t) => {
  const { keeper, timing, set, path, onDisk } = await start(t)
  keeper.begin()
  await set('weight', 'db/r1', 1)
  const gaveWay = keeper.giveWay()
  await set('weight', 'db/r2', 2)
  await gaveWay
  const successors = readFileSync(path, 'utf8')
  await set('weight', 'db/r2', 3)
  await keeper.flush()
  t.same(timing.pending, [])
  t.equal(readFileSync(path, 'utf8'), successors)
  writeFileSync(path, '')
  keeper.takeBack()
  await timing.next()
  await keeper.flush()
  t.match(onDisk(), [{ value: 1 }, { value: 3 }], 'whatever a successor that failed had written')
  await keeper.close()
})

t.test('what could not be written when it closed does not replace the file of the next one later', async (t) => {
  const { keeper, timing, set, path, events } = await start(t)
  keeper.begin()
  mkdirSync(path)
  await set('weight', 'db/r1', 1)
  await keeper.close()
  t.match(events, [['failing']])
  rmSync(path, { recursive: true })
  writeFileSync(path, 'of the successor')
  await keeper.close()
  t.equal(readFileSync(path, 'utf8'), 'of the successor')
  t.same(timing.pending, [])
})

t.test('a process that never began writes nothing', async (t) => {
  const { keeper, timing, set, path } = await start(t, { isBehind: true })
  await set('weight', 'db/r1', 1)
  await keeper.flush()
  await keeper.close()
  t.same([timing.pending, existsSync(path)], [[], false])
})

t.test('a file that was moved aside is written anew', async (t) => {
  const { keeper, timing, onDisk } = await start(t, { isBehind: true })
  keeper.begin()
  t.same(timing.pending, [100])
  await timing.next()
  await keeper.flush()
  t.same(onDisk(), [])
})

t.test('off: all is kept in memory, and nothing is written', async (t) => {
  const { keeper, timing, set, kept } = await start(t, { path: undefined })
  keeper.begin()
  await set('weight', 'db/r1', 1)
  t.same([timing.pending, kept().length, keeper.path], [[], 1, undefined])
  await keeper.close()
})

t.test('a folder that takes no file is told once, tried again, and told when it does', async (t) => {
  const { keeper, timing, set, path, onDisk, events } = await start(t)
  keeper.begin()
  mkdirSync(path)
  writeFileSync(join(path, 'x'), '')
  await set('weight', 'db/r1', 1)
  await keeper.flush()
  t.same(events, [['failing', path, 'it is no regular file']])
  t.equal(keeper.failing, 'it is no regular file')
  t.same(timing.pending, [30_000])
  await timing.next()
  await set('weight', 'db/r1', 2)
  await keeper.flush()
  t.equal(events.length, 1)
  rmSync(path, { recursive: true })
  await timing.next()
  await keeper.flush()
  t.same(events.slice(1), [['recovered', path]])
  t.equal(keeper.failing, undefined)
  t.match(onDisk(), [{ value: 2 }])
  await keeper.close()
})

t.test(
  'a folder that is not there is told before anything is lost; it leaves nothing where it can write',
  async (t) => {
    const good = await start(t)
    good.keeper.begin()
    await good.keeper.tryOut()
    t.same([good.events, good.timing.pending, readdirSync(dirname(good.path))], [[], [], []])
    const folder = join(dirname(good.path), 'gone', 'gone')
    const path = join(folder, 'headgate.state')
    const { keeper, timing, set, events } = await start(t, { path })
    keeper.begin()
    await keeper.tryOut()
    t.same(events, [['failing', path, 'ENOENT']])
    t.equal(keeper.failing, 'ENOENT')
    t.same(timing.pending, [30_000])
    mkdirSync(folder, { recursive: true })
    await set('weight', 'db/r1', 1)
    t.same(timing.pending, [100], 'a change waits for no other try')
    await timing.next()
    await keeper.flush()
    t.same(events.slice(1), [['recovered', path]])
    t.match(parseState(readFileSync(path)), { entries: [{ value: 1 }] })
    await Promise.all([keeper.close(), good.keeper.close()])
  },
)

t.test('more than a file may hold is told once', async (t) => {
  const entries = Array.from({ length: 50_000 }, (_, i) => ({
    ...({ kind: 'weight', target: `db/${i}`, configured: 1, value: 2, by: 'y'.repeat(200), at: i } as const),
  }))
  const { keeper, set, events } = await start(t, { entries })
  keeper.begin()
  for (const weight of [1, 2]) {
    await set('weight', 'db/r1', weight)
    await keeper.flush()
  }
  t.match(events, [['overfull', /headgate\.state$/, Number]])
  await keeper.close()
})

/** Another process: what the file has, over another config. */
async function restart(path: string, next: Config) {
  const parsed = parseState(readFileSync(path))
  if (!parsed.ok) throw new Error(parsed.why)
  const merged = mergeState(parsed.entries, next)
  const steerable = steered(standingConfig(next, merged.kept))
  await restore(steerable.registry, merged.kept)
  const current = (kind: ChangeKind, target: string) => settingOf(kind).current(steerable.registry, target)
  return { ...steerable, merged, current }
}

const CHANGES: readonly (readonly [ChangeKind, string, Value])[] = [
  ['server', 'db/new', { address: '127.0.0.1:7009', weight: 7, maxSessions: 0, admin: 'maint' }],
  ['server', 'db/r1', null],
  ['admin', 'db/new', 'drain'],
  ['weight', 'db/r2', 9],
  ['address', 'db/r2', '127.0.0.1:7999'],
  ['server-limit', 'db/r2', 3],
  ['checked', 'db/r2', 'off'],
  ['probe-at', 'db/r2', { port: 99 }],
  ['split', 'in', { db: 50, canary: 50 }],
  ['frontend', 'in', 'disabled'],
  ['frontend-limit', 'in', 4],
  ['global-limit', '', 5],
]

t.test('every kind of change lasts over a restart', async (t) => {
  const { keeper, set, path, config } = await start(t)
  keeper.begin()
  for (const [kind, target, value] of CHANGES) await set(kind, target, value)
  await keeper.close()
  const { registry, merged, current } = await restart(path, config)
  t.equal(merged.kept.length, CHANGES.length)
  for (const [kind, target, value] of CHANGES) t.same(current(kind, target), value, `${kind} ${target}`)
  const server = registry.backend('db')?.server('r2')
  t.equal(server?.lastWeightChange?.by, 'alice at 2027-01-15T08:00:00.000Z, from the state file')
})

t.test(
  'a reload: an edited config beats the change there, the others stand, and settling twice changes nothing',
  async (t) => {
    const { keeper, steerable, topology, audit, set, events } = await start(t)
    for (const [kind, target, value] of CHANGES) await set(kind, target, value)
    const next = await configOf(SECTIONS.replace('weight = 50', 'weight = 60').replace('canary = 10', 'canary = 20'))
    const merged = mergeState(keeper.entries, next)
    await topology.change(() => standingConfig(next, merged.kept))
    keeper.rebase(next, merged)
    await settle(steerable, next, merged.kept)
    t.same(events, [['dropped', 'weight db/r2 config-edited', 'split in config-edited']])
    const wanted = new Map<string, Value>([
      ['weight db/r2', 60],
      ['split in', { db: 90, canary: 20 }],
    ])
    for (const [kind, target, value] of CHANGES) {
      t.same(
        settingOf(kind).current(steerable.registry, target),
        wanted.get(`${kind} ${target}`) ?? value,
        `${kind} ${target}`,
      )
    }
    t.equal(keeper.entries.length, CHANGES.length - 2)
    t.match(audit.entries.slice(CHANGES.length), [
      { kind: 'weight', by: 'config' },
      { kind: 'split', by: 'config' },
    ])
    const before = audit.last
    await settle(steerable, next, merged.kept)
    t.equal(audit.last, before)
  },
)

t.test('a reset brings everything back to what the config says', async (t) => {
  const { keeper, steerable, config, set } = await start(t)
  for (const [kind, target, value] of CHANGES) await set(kind, target, value)
  const done = await reset(steerable, keeper.entries, 'bob')
  t.equal(done.done.length, CHANGES.length)
  t.same(done.failed, [])
  t.same(keeper.entries, [])
  for (const [kind, target] of CHANGES) {
    const { current, configured } = settingOf(kind)
    if (target !== 'db/new' || kind === 'server')
      t.same(current(steerable.registry, target), configured(config, target), `${kind} ${target}`)
  }
})

/** `remove` of the CLI. */
async function remove({ set }: Awaited<ReturnType<typeof start>>, target: string): Promise<void> {
  await set('admin', target, 'maint')
  await set('server', target, null)
}

t.test('a removed server that comes back in maint differs by that alone, until it is ready', async (t) => {
  const started = await start(t)
  const { config, audit, steerable, keeper, set, kept } = started
  await remove(started, 'db/r1')
  await undo(audit, steerable, undefined, 'bob')
  t.same(kept(), [['admin', 'db/r1', 'ready', 'maint']])
  const { kept: later } = mergeState(keeper.entries, config)
  const restarted = steered(standingConfig(config, later))
  await restore(restarted.registry, later)
  t.equal(settingOf('admin').current(restarted.registry, 'db/r1'), 'maint', 'over a restart, too')
  await set('admin', 'db/r1', 'ready')
  t.same(kept(), [])
  await remove(started, 'db/r1')
  await undo(audit, steerable, undefined, 'bob')
  t.match(await reset(steerable, keeper.entries, 'bob'), { done: [{ kind: 'admin' }], failed: [] })
  t.equal(settingOf('admin').current(steerable.registry, 'db/r1'), 'ready')
  t.same(kept(), [])
})

t.test('a server that was removed and added otherwise becomes what the config says at a reset', async (t) => {
  for (const target of ['db/r1', 'db/r2', 'canary/c1']) {
    const started = await start(t)
    const { config, registry, audit, steerable, keeper, set, kept } = started
    const configured = settingOf('server').configured(config, target)
    const other = { address: '10.0.0.9:1', weight: 1, maxSessions: 4 }
    await remove(started, target)
    await set('server', target, { ...other, admin: 'maint' })
    t.same(kept(), [
      ['server', target, configured, other],
      ['admin', target, 'ready', 'maint'],
    ])
    await set('weight', target, 5)
    await set('address', target, '10.0.0.8:1')
    const { done, failed } = await reset(steerable, keeper.entries, 'bob')
    t.same([done.length, failed, kept()], [4, [], []])
    for (const kind of ['server', 'address', 'admin', 'weight', 'server-limit'] as const)
      t.same(settingOf(kind).current(registry, target), settingOf(kind).configured(config, target), `${kind} ${target}`)
    const change = audit.entries.findLast(({ kind }) => kind === 'server')
    t.match(change, { was: other, is: configured, by: 'bob' })
    await set('admin', target, 'drain')
    await set('address', target, '10.0.0.7:1')
    t.match(await undo(audit, steerable, change?.number, 'bob'), { ok: true }, 'that can be undone')
    t.same(kept(), [
      ['server', target, configured, other],
      ['admin', target, 'ready', 'drain'],
    ])
    const now = (kind: ChangeKind) => settingOf(kind).current(registry, target)
    t.same({ address: now('address'), weight: now('weight'), maxSessions: now('server-limit') }, other)
  }
})

t.test('a reset leaves what cannot be changed back, says why, and goes on with the others', async (t) => {
  const { keeper, steerable, refuseNext, set, kept } = await start(t)
  await set('frontend', 'in', 'disabled')
  await set('weight', 'db/r1', 1)
  refuseNext()
  const { done, failed } = await reset(steerable, keeper.entries, 'bob')
  t.match(done, [{ kind: 'weight' }])
  t.match(failed, [{ entry: { kind: 'frontend' }, why: /7000/ }])
  t.same(kept(), [['frontend', 'in', 'enabled', 'disabled']])
})

t.test('an upgrade where nothing is on the disk: the old process tells what was changed', async (t) => {
  const old = await start(t, { path: undefined })
  for (const [kind, target, value] of CHANGES) await old.set(kind, target, value)
  const told = formatState(old.keeper.entries).text
  const { config, keeper, registry, steerable, path, onDisk } = await start(t)
  await catchUp(keeper, steerable, config, told)
  for (const [kind, target, value] of CHANGES)
    t.same(settingOf(kind).current(registry, target), value, `${kind} ${target}`)
  t.same(keeper.entries, old.keeper.entries)
  t.notOk(existsSync(path))
  keeper.begin()
  await keeper.flush()
  t.same(onDisk(), old.keeper.entries, 'the new one keeps a file')
})

t.test('an upgrade: what was changed on the old process while the new one started holds on the new one', async (t) => {
  const old = await start(t)
  old.keeper.begin()
  await old.set('weight', 'db/r1', 1)
  await old.set('admin', 'db/r2', 'drain')
  await old.keeper.flush()
  const { config, path } = old
  const fresh = await restart(path, config)
  const audit = new Audit(fresh.registry)
  const keeper = new StateKeeper({ path, config, entries: fresh.merged.kept, audit })
  await catchUp(keeper, fresh, config)
  t.equal(audit.last, 0, 'nothing was')
  await old.set('weight', 'db/r1', 100)
  await old.set('weight', 'db/r2', 3)
  await old.set('server', 'db/new', { address: '127.0.0.1:7009', weight: 7, maxSessions: 0 })
  await old.keeper.close()
  await catchUp(keeper, fresh, config)
  t.same(keeper.entries.map(entryKey).sort(), ['admin db/r2', 'server db/new', 'weight db/r2'])
  t.same(
    ['db/r1', 'db/r2', 'db/new'].map((target) => fresh.current('weight', target)),
    [100, 3, 7],
  )
  t.equal(fresh.current('admin', 'db/r2'), 'drain')
  t.same([...new Set(keeper.entries.map(({ by }) => by))], ['alice'])
  t.match(audit.entries.map(({ target, by }) => [target, by]).sort(), [
    ['db/r1', 'config'],
    ['db/r2', /^alice at .*, from the state file$/],
  ])
})
