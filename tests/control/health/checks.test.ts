import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Checks } from '../../../src/control/health/checks.js'
import type { StartProbe } from '../../../src/control/health/run-probe.js'
import type { CheckSettings } from '../../../src/control/health/settings.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import type { ProbeCode } from '../../../src/control/registry/server.js'
import type { Address } from '../../../src/core/address.js'
import { afterProbe, isUp, startHysteresis } from '../../../src/core/hysteresis.js'
import { freePort } from '../../support/free-port.js'
import { ManualTiming, serverOf, settled, smallRegistry } from '../small-registry.js'

const SETTINGS: CheckSettings = {
  type: 'tcp',
  intervalMs: 2_000,
  fastIntervalMs: 500,
  timeoutMs: 1_000,
  rise: 2,
  fall: 3,
}
const at = (port: number): Address => ({ family: 4, host: '127.0.0.1', port })

/** One server, time by hand, and probes that find what the test says. */
function checked(answers: (count: number) => ProbeCode = () => 'L4OK', settings = SETTINGS) {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: at(1) }, clock: timing.now })
  const server = serverOf(registry, 'r1')
  const probed: Address[] = []
  const cancelled: number[] = []
  const probe: StartProbe = (target, _source, _settings, now) => {
    const count = probed.push(target)
    const code = answers(count)
    const passed = code === 'L4OK'
    const reason = passed ? ('passed' as const) : ('refused' as const)
    const report = { passed, code, reason, words: `${code} of probe ${count}`, durationMs: 0, at: now() }
    return { report: Promise.resolve(report), cancel: () => cancelled.push(count) }
  }
  const checks = new Checks(registry, () => settings, timing, probe)
  return { timing, registry, server, checks, probed, cancelled }
}

function healthEvents(registry: Registry): string[] {
  const events: string[] = []
  registry.on('health', (server, is, why) => events.push(`${server.path} ${is}: ${why}`))
  return events
}

t.test('a server is trusted at first, and probed faster while it is on its way down', async (t) => {
  const { timing, server, checks } = checked((count) => (count > 1 ? 'L4TOUT' : 'L4OK'))
  t.equal(server.status, 'UP 1/3')
  checks.start()
  t.same(timing.pending, [0])
  await timing.next()
  t.equal(server.status, 'UP')
  t.same(timing.pending, [2_000])
  await timing.next()
  t.equal(server.status, 'UP 2/3')
  t.same(timing.pending, [500])
  await timing.next()
  t.equal(server.status, 'UP 1/3')
  await timing.next()
  t.equal(server.status, 'DOWN')
  t.same(timing.pending, [2_000])
})

t.test('the first failed probe after the start takes a server down', async (t) => {
  const { timing, registry, server, checks } = checked(() => 'L4CON')
  const events = healthEvents(registry)
  checks.start()
  await timing.next()
  t.equal(server.status, 'DOWN')
  t.same(events, ['db/r1 down: L4CON of probe 1'])
  t.match(server.check, { failures: 1, downs: 1, last: { code: 'L4CON' } })
  t.same(server.lastHealthChange, { why: 'L4CON of probe 1', at: timing.now(), reason: 'refused' })
})

t.test('rise and fall, counted as core counts them, for any run of outcomes', async () => {
  const runs = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 })
  const limits = fc.record({ rise: fc.integer({ min: 1, max: 4 }), fall: fc.integer({ min: 1, max: 4 }) })
  await fc.assert(
    fc.asyncProperty(runs, limits, async (run, { rise, fall }) => {
      const outcome = (count: number) => (run[count - 1] ? 'L4OK' : 'L4TOUT')
      const { timing, registry, server, checks } = checked(outcome, { ...SETTINGS, rise, fall })
      const events = healthEvents(registry)
      checks.start()
      let state = startHysteresis(rise, fall)
      let turns = 0
      let failures = 0
      for (const passed of run) {
        const was = isUp(state)
        state = afterProbe(state, passed)
        if (was && !passed) failures++
        if (was !== isUp(state)) turns++
        await timing.next()
        if ((server.health === 'up') !== isUp(state)) return false
      }
      checks.stop()
      return events.length === turns && server.check?.failures === failures && timing.pending.length === 0
    }),
    { numRuns: 50 },
  )
})

t.test('maint ends the probes; leaving it trusts the server until its first failed probe', async (t) => {
  const { timing, registry, server, checks, probed } = checked((count) => (count === 1 ? 'L4CON' : 'L4OK'))
  const events = healthEvents(registry)
  checks.start()
  await timing.next()
  registry.setAdmin(server, 'maint', 'test')
  t.same(timing.pending, [])
  t.equal(server.check?.hysteresis.health, 0)
  t.equal(server.health, 'down', 'maint is no verdict on the health')
  registry.setAdmin(server, 'drain', 'test')
  t.equal(server.status, 'DRAIN 1/3', 'as HAProxy shows it')
  t.same(timing.pending, [0])
  await timing.next()
  t.equal(server.status, 'DRAIN')
  t.equal(probed.length, 2)
  t.same(events, ['db/r1 down: L4CON of probe 1', 'db/r1 up: leaving maintenance'])
})

t.test('drain and ready leave the checks alone', async (t) => {
  const { timing, registry, server, checks } = checked()
  checks.start()
  await timing.next()
  registry.setAdmin(server, 'drain', 'test')
  t.equal(server.status, 'DRAIN')
  registry.setAdmin(server, 'ready', 'test')
  t.same(timing.pending, [2_000])
})

t.test('a server that starts in maint is not probed', async (t) => {
  const { timing, registry, server, checks } = checked()
  registry.setAdmin(server, 'maint', 'test')
  checks.start()
  t.same(timing.pending, [])
})

t.test('a probe under way when its server goes into maint has no say', async (t) => {
  const { timing, registry, server, checks, cancelled } = checked(() => 'L4CON')
  checks.start()
  const turn = timing.next()
  registry.setAdmin(server, 'maint', 'test')
  await turn
  t.same(cancelled, [1])
  t.equal(server.health, 'up')
  t.equal(server.check?.last, undefined)
  t.same(timing.pending, [])
})

t.test('who hears of a change may answer it with maint', async (t) => {
  const { timing, registry, server, checks } = checked(() => 'L4CON')
  registry.on('health', () => registry.setAdmin(server, 'maint', 'a rule'))
  checks.start()
  await timing.next()
  t.equal(server.status, 'MAINT')
  t.same(timing.pending, [])
})

t.test('want of descriptors on this machine takes nobody down', async (t) => {
  const { timing, server, checks } = checked((count) => (count > 3 ? 'SOCKERR' : 'L4OK'))
  checks.start()
  for (let i = 0; i < 10; i++) await timing.next()
  t.equal(server.status, 'UP')
  t.match(server.check, { failures: 0, last: { code: 'SOCKERR' } })
})

t.test('a password that was right before takes nobody down; one that never was does', async (t) => {
  const wrong = (rightProbes: number) => {
    const timing = new ManualTiming()
    const registry = smallRegistry({ servers: { r1: at(1) }, clock: timing.now })
    const server = serverOf(registry, 'r1')
    const told: string[] = []
    registry.on('misconfigured', (_, why) => told.push(why))
    let count = 0
    const probe: StartProbe = (_target, _source, _settings, now) => {
      const passed = ++count <= rightProbes
      const verdict = passed ? ({ code: 'L7OK', reason: 'passed' } as const) : WRONG_PASSWORD
      const report = { passed, ...verdict, words: passed ? 'fine' : 'wrong password', durationMs: 0, at: now() }
      return { report: Promise.resolve(report), cancel: () => {} }
    }
    new Checks(registry, () => SETTINGS, timing, probe).start()
    return { timing, server, told }
  }
  const rotated = wrong(3)
  for (let i = 0; i < 10; i++) await rotated.timing.next()
  t.equal(rotated.server.status, 'UP')
  t.same(rotated.told, ['wrong password'], 'said once')
  const never = wrong(0)
  for (let i = 0; i < 10; i++) await never.timing.next()
  t.equal(never.server.health, 'down')
})

t.test('a password that was right at one address says nothing of another; a reload is no other', async (t) => {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: at(1) }, clock: timing.now })
  const server = serverOf(registry, 'r1')
  let isRight = true
  const probe: StartProbe = (_target, _source, _settings, now) => {
    const verdict = isRight ? ({ code: 'L7OK', reason: 'passed' } as const) : WRONG_PASSWORD
    const report = { passed: isRight, ...verdict, words: 'probed', durationMs: 0, at: now() }
    return { report: Promise.resolve(report), cancel: () => {} }
  }
  let settings = SETTINGS
  const checks = new Checks(registry, () => settings, timing, probe)
  checks.start()
  for (let i = 0; i < 3; i++) await timing.next()
  isRight = false
  settings = { ...SETTINGS, fall: 2 }
  registry.emit('membership', [], [], undefined)
  for (let i = 0; i < 10; i++) await timing.next()
  t.equal(server.status, 'UP', 'what the config says now may be wrong')
  registry.setAddress(server, at(2))
  for (let i = 0; i < 10; i++) await timing.next()
  t.equal(server.health, 'down')
})

const WRONG_PASSWORD = { code: 'L7STS', reason: 'wrong-password' } as const
const FULL = { code: 'L7RSP', reason: 'too-many-connections' } as const

t.test('a server that is full takes nobody down: it is alive', async (t) => {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: at(1) }, clock: timing.now })
  const server = serverOf(registry, 'r1')
  let count = 0
  const full: StartProbe = (_target, _source, _settings, now) => {
    const passed = ++count <= 3
    const verdict = passed ? ({ code: 'L7OK', reason: 'passed' } as const) : FULL
    const finding = { passed, ...verdict, words: 'probed' }
    return { report: Promise.resolve({ ...finding, durationMs: 0, at: now() }), cancel: () => {} }
  }
  new Checks(registry, () => SETTINGS, timing, full).start()
  for (let i = 0; i < 10; i++) await timing.next()
  t.equal(server.status, 'UP')
  t.same([...(server.check?.failuresByReason ?? [])], [['too-many-connections', 7]])
})

t.test('every failed probe counts by its reason, also while the server is down', async (t) => {
  const { timing, server, checks } = checked((count) => (count % 5 === 0 ? 'L4OK' : 'L4CON'))
  checks.start()
  for (let i = 0; i < 10; i++) await timing.next()
  t.same([...(server.check?.failuresByReason ?? [])], [['refused', 8]])
  t.equal(server.check?.failures, 1)
})

t.test('a probe that cannot be made as configured moves nobody, and is told of once', async (t) => {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: at(1) }, clock: timing.now })
  const probe: StartProbe = (_target, _source, _settings, now) => {
    const finding = { passed: false, code: 'SOCKERR', reason: 'misconfigured', words: 'no such file' } as const
    return { report: Promise.resolve({ ...finding, durationMs: 0, at: now() }), cancel: () => {} }
  }
  const told: string[] = []
  registry.on('misconfigured', (server, why) => told.push(`${server.path}: ${why}`))
  new Checks(registry, () => SETTINGS, timing, probe).start()
  for (let i = 0; i < 5; i++) await timing.next()
  t.same(told, ['db/r1: no such file'])
  t.equal(serverOf(registry, 'r1').status, 'UP 1/3')
})

t.test('a new address is probed at once; a name waits for its first one', async (t) => {
  const timing = new ManualTiming()
  const named = { family: 'name', host: 'db.test', port: 5 } as const
  const registry = smallRegistry({ servers: { r1: named }, clock: timing.now })
  const server = serverOf(registry, 'r1')
  const probed: Address[] = []
  const probe: StartProbe = (target, _source, _settings, now) => {
    probed.push(target)
    const report = { passed: true, code: 'L4OK', reason: 'passed', words: 'ok', durationMs: 0, at: now() } as const
    return { report: Promise.resolve(report), cancel: () => {} }
  }
  const checks = new Checks(registry, () => SETTINGS, timing, probe)
  checks.start()
  await timing.next()
  t.same([probed, timing.pending, server.status], [[], [], 'DOWN'])
  registry.setAdmin(server, 'maint', 'test')
  registry.setAdmin(server, 'ready', 'test')
  t.same([server.status, timing.pending], ['DOWN', []], 'maint and back gives it no address')
  registry.setAddress(server, at(5))
  t.equal(server.status, 'UP 1/3')
  await timing.next()
  registry.setAddress(server, at(6))
  t.same(timing.pending, [0])
  await timing.next()
  t.same(probed, [at(5), at(6)])
  t.equal(server.status, 'UP', 'rise and fall go on where they were')
})

t.test('a server without settings has no check', async (t) => {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: at(1), r2: at(2) } })
  const checks = new Checks(registry, (server) => (server.name === 'r1' ? SETTINGS : undefined), timing)
  checks.start()
  t.equal(serverOf(registry, 'r2').status, 'no check')
  t.equal(timing.pending.length, 1)
  checks.stop()
  t.equal(timing.pending.length, 0)
})

t.test('with real sockets: a server leaves within interval × fall + timeout and comes back', async (t) => {
  const registry = smallRegistry({ servers: { r1: at(await freePort()) } })
  const server = serverOf(registry, 'r1')
  const settings: CheckSettings = { type: 'tcp', intervalMs: 60, fastIntervalMs: 30, timeoutMs: 50, rise: 2, fall: 3 }
  const listen = () => tcpServer(t, server.resolved)
  let listening = await listen()
  const checks = new Checks(registry, () => settings)
  checks.start()
  t.teardown(() => checks.stop())
  while (server.status !== 'UP') await settled()
  const died = performance.now()
  listening.close()
  const [, is, why] = await once(registry, 'health')
  t.ok(performance.now() - died < 60 * 3 + 50 + 100, 'some slack for a busy machine')
  t.same([is, why], ['down', `connection refused by ${host(server.resolved)}`])
  listening = await listen()
  const [, up] = await once(registry, 'health')
  t.equal(up, 'up')
  await settled()
  t.equal(server.status, 'UP')
})

async function tcpServer(t: Test, address: Address | undefined) {
  if (address?.family !== 4) throw new Error('no address')
  const server = createServer((socket: Socket) => socket.resume()).listen(address.port, address.host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  t.equal((server.address() as AddressInfo).port, address.port) // a TCP server's address is never a string
  return server
}

function host(address: Address | undefined): string {
  return address?.family === 4 ? `${address.host}:${address.port}` : ''
}
