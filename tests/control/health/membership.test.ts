/** Checks of a registry whose servers and settings change. */
import t from 'tap'
import { Checks } from '../../../src/control/health/checks.js'
import type { StartProbe } from '../../../src/control/health/run-probe.js'
import { buildRegistry } from '../../../src/control/registry/build.js'
import { Plan } from '../../../src/control/registry/plan.js'
import { formatAddress } from '../../../src/core/address.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { configOf } from '../../config/arbitrary-config.js'
import { ManualTiming } from '../small-registry.js'

const CHECK = 'check = { type = "tcp", interval = "2s", rise = 2, fall = 3 }'
const R1 = '{ name = "r1", address = "10.0.0.1:1" }'
const R2 = '{ name = "r2", address = "10.0.0.2:1" }'

const text = (check: string, ...servers: readonly string[]) => `
[frontends.in]
listen = "tcp://127.0.0.1:1"
backend = "db"
[backends.db]
${check}
servers = [${servers.join(', ')}]
`

/** Probes pass for every address but those in `bad`. */
async function started(config: string) {
  const capacity = { servers: 8, backends: 2, frontends: 2, workers: 1 }
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  const timing = new ManualTiming()
  const registry = buildRegistry(await configOf(config), board, timing.now())
  const bad = new Set<string>()
  const probed: string[] = []
  const probe: StartProbe = (target, _source, _settings, now) => {
    const at = formatAddress(target)
    probed.push(at)
    const passed = !bad.has(at)
    const verdict = passed
      ? ({ code: 'L4OK', reason: 'passed' } as const)
      : ({ code: 'L4CON', reason: 'refused' } as const)
    const report = { passed, ...verdict, words: 'seen', durationMs: 0, at: now() } as const
    return { report: Promise.resolve(report), cancel: () => {} }
  }
  const checks = new Checks(registry, (server) => registry.backendOf(server).settings.check || undefined, timing, probe)
  checks.start()
  const server = (name: string) => {
    const found = registry.backend('db')?.server(name)
    if (!found) throw new Error(`no server ${name}`)
    return found
  }
  const become = async (next: string) => registry.adopt(new Plan(registry, await configOf(next), timing.now()))
  /** The next `count` probes. */
  const probes = async (count: number) => {
    probed.length = 0
    while (probed.length < count && (await timing.next()));
    return probed
  }
  return { timing, bad, server, become, probes, checks }
}

t.test('an added server is probed soon, a removed one never again', async (t) => {
  const { become, probes, timing, server } = await started(text(CHECK, R1))
  t.same(await probes(1), ['10.0.0.1:1'])
  await become(text(CHECK, R1, R2))
  t.same(timing.pending, [0, 2_000])
  t.same(await probes(1), ['10.0.0.2:1'])
  t.equal(server('r2').status, 'UP')
  await become(text(CHECK, R2))
  t.same(timing.pending, [2_000])
  t.same(await probes(2), ['10.0.0.2:1', '10.0.0.2:1'])
})

t.test('an unchanged server keeps its schedule and its history', async (t) => {
  const { become, probes, timing, bad, server } = await started(text(CHECK, R1))
  bad.add('10.0.0.1:1')
  await probes(1)
  t.equal(server('r1').status, 'DOWN')
  const state = server('r1').check
  timing.pass(500)
  await become(text(CHECK, R2, R1))
  t.same(timing.pending, [0, 1_500])
  t.equal(server('r1').check, state)
  t.equal(server('r1').status, 'DOWN')
})

t.test('changed settings begin a new schedule and keep the health', async (t) => {
  const { become, probes, timing, bad, server } = await started(text(CHECK, R1, R2))
  bad.add('10.0.0.2:1')
  await probes(2)
  await become(text(CHECK.replace('rise = 2, fall = 3', 'rise = 1, fall = 5'), R1, R2))
  t.same(timing.pending, [0, 0], 'probed at once')
  t.equal(server('r1').status, 'UP')
  t.equal(server('r2').status, 'DOWN')
  t.match(server('r2').check, { failures: 1, downs: 1 }, 'and what was counted')
  bad.clear()
  await probes(2)
  t.equal(server('r2').status, 'UP', 'rise is 1 now')
})

t.test('a changed address is probed at once', async (t) => {
  const { become, probes, timing } = await started(text(CHECK, R1))
  await probes(1)
  await become(text(CHECK, R1.replace('10.0.0.1', '10.0.0.9')))
  t.same(timing.pending, [0])
  t.same(await probes(1), ['10.0.0.9:1'])
})

t.test('a server that is checked no more is up; checked again, it is trusted at first', async (t) => {
  const { become, probes, timing, bad, server } = await started(text(CHECK, R1))
  bad.add('10.0.0.1:1')
  await probes(1)
  await become(text('check = false', R1))
  t.same(timing.pending, [])
  t.equal(server('r1').health, 'up')
  t.equal(server('r1').check, undefined)
  await become(text(CHECK, R1))
  t.equal(server('r1').health, 'up')
  await probes(1)
  t.equal(server('r1').status, 'DOWN')
})

t.test('after a stop nothing is followed any more', async (t) => {
  const { become, checks, timing } = await started(text(CHECK, R1))
  checks.stop()
  await become(text(CHECK, R1, R2))
  t.same(timing.pending, [])
})
