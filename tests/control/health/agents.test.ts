/** What agents do to servers, time by hand. */
import t from 'tap'
import { Agents } from '../../../src/control/health/agents.js'
import { Checks } from '../../../src/control/health/checks.js'
import { parseLine } from '../../../src/control/health/probes/agent/parse-line.js'
import type { StartProbe } from '../../../src/control/health/run-probe.js'
import type { CheckSettings } from '../../../src/control/health/settings.js'
import { Plan } from '../../../src/control/registry/plan.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import { configOf } from '../../config/arbitrary-config.js'
import { registryOf } from '../registry-of.js'
import { ManualTiming, settled } from '../small-registry.js'

const CHECK = 'check = { type = "tcp", interval = "2s", rise = 1, fall = 1 }'

interface Scene {
  /** What the agent says; undefined refuses. */
  said: string | undefined
  /** Whether the check passes. */
  passes: boolean
  readonly asked: { host: string; port: number; send: string | undefined }[]
}

const textOf = (keys: string, settings: string) => `
  [frontends.f]
  listen = "tcp://127.0.0.1:1"
  backend = "b"
  [backends.b]
  ${keys}
  ${settings}
  servers = [{ name = "s", address = "127.0.0.1:2" }]
`

/** A backend `b` with server `s` and an agent, and perhaps a check. */
async function scene(keys = CHECK, settings = 'agent = { port = 9999, send = "hello" }') {
  const timing = new ManualTiming()
  const registry = await registryOf(textOf(keys, settings), timing.now())
  const [server] = registry.backend('b')?.servers ?? []
  /** The config says otherwise of its check and its agent now. */
  const become = async (keys: string, settings: string) =>
    registry.adopt(new Plan(registry, await configOf(textOf(keys, settings)), timing.now()))
  if (!server) throw new Error('no server')
  const at: Scene = { said: 'up', passes: true, asked: [] }
  const probe: StartProbe = (target, _source, check, now) => {
    const finding = check.type === 'agent' ? answer(at, target, check) : verdict(at)
    return { report: Promise.resolve({ ...finding, durationMs: 0, at: now() }), cancel: () => {} }
  }
  const checks = new Checks(registry, (_, { settings }) => settings.check || undefined, timing, probe)
  const agents = new Agents(registry, timing, probe)
  /** The agent says it, and the check is probed, at the next round of both. */
  const round = async (said: string | undefined, passes = true) => {
    Object.assign(at, { said, passes })
    for (let i = timing.pending.length; i > 0; i--) await timing.next()
  }
  return { timing, registry, server, at, checks, agents, round, become }
}

function answer(at: Scene, target: Parameters<StartProbe>[0], { send }: CheckSettings & { type: 'agent' }) {
  if (target.family === 'unix') throw new Error('no agent is asked there')
  const { host, port } = target
  at.asked.push({ host, port, send: send && Buffer.from(send).toString() })
  const { said } = at
  if (said === undefined) return { passed: false, code: 'L4CON', reason: 'refused', words: 'refused' } as const
  const { advice } = parseLine(said)
  const words = `it says "${said}"`
  if (advice.health === 'down') return { passed: false, code: 'L7STS', reason: 'says-down', words, advice } as const
  return { passed: true, code: 'L7OK', reason: 'passed', words, advice } as const
}

function verdict({ passes }: Scene) {
  return passes
    ? ({ passed: true, code: 'L4OK', reason: 'passed', words: 'connected' } as const)
    : ({ passed: false, code: 'L4CON', reason: 'refused', words: 'refused' } as const)
}

function healthOf(registry: Registry): string[] {
  const told: string[] = []
  registry.on('health', (_, is, why) => told.push(`${is}: ${why}`))
  return told
}

t.test('an agent that says down takes the server down at once, and only one that says up brings it back', async (t) => {
  const { registry, server, checks, agents, round } = await scene()
  const told = healthOf(registry)
  checks.start()
  agents.start()
  await round('up')
  t.equal(server.status, 'UP')
  await round('down # disk full')
  t.equal(server.status, 'DOWN (agent)')
  await round('75%')
  await round(undefined)
  await round('ready')
  t.equal(server.status, 'DOWN (agent)', 'not a passed check, silence or another word')
  await round('up')
  t.equal(server.status, 'UP')
  t.same(told, ['down: its agent at it says "down # disk full"', 'up: its agent at it says "up"'])
  t.match(server.lastHealthChange, { reason: 'passed' })
})

t.test('up is who is up by its check and by its agent', async (t) => {
  const { server, checks, agents, round } = await scene()
  checks.start()
  agents.start()
  await round('up', false)
  t.equal(server.status, 'DOWN')
  await round('down', false)
  t.equal(server.status, 'DOWN (agent)')
  await round('up', false)
  t.equal(server.status, 'DOWN')
  await round('up', true)
  t.equal(server.status, 'UP')
})

t.test('an agent that does not answer changes nothing, and is told of once', async (t) => {
  const { registry, server, agents, round } = await scene('check = false')
  const told: string[] = []
  registry.on('agent-answers', (_, is, why) => told.push(`${is}: ${why}`))
  agents.start()
  await round('50% up')
  for (let i = 0; i < 3; i++) await round(undefined)
  t.equal(server.effectiveWeight, 50)
  t.equal(server.health, 'up')
  t.same([...(server.agent?.failuresByReason ?? [])], [['refused', 3]])
  t.match(server.agent, { last: { reason: 'refused' }, said: { words: 'it says "50% up"' } })
  await round('50%')
  t.same(told, ['false: refused', 'true: it says "50%"'])
})

t.test('weight, limit and admin state follow what it says; what it does not say stays', async (t) => {
  const { registry, server, agents, round } = await scene('check = false')
  agents.start()
  await round('75% maxconn:30 drain')
  t.match(server, { weight: 100, effectiveWeight: 75, maxSessions: 30, admin: 'drain' })
  t.equal(server.lastAdminChange?.by, 'agent')
  await round('up')
  t.match(server, { effectiveWeight: 75, maxSessions: 30, admin: 'drain' })
  registry.setWeight(server, 40, 'operator')
  t.equal(server.effectiveWeight, 30, 'of what the operator set')
  await round('100% ready')
  t.match(server, { weight: 40, effectiveWeight: 40, admin: 'ready' })
  await round('0%')
  t.equal(registry.backend('b')?.serving.length, 0)
})

t.test('it is asked in maint too, from where it may set the server ready', async (t) => {
  const { server, checks, agents, round } = await scene()
  checks.start()
  agents.start()
  await round('maint')
  t.equal(server.admin, 'maint')
  await round('ready')
  t.equal(server.admin, 'ready')
})

t.test('switched off, it is asked no more, and what it said of weight and health holds no longer', async (t) => {
  const { registry, server, at, agents, round, timing } = await scene('check = false')
  agents.start()
  await round('down 25% drain')
  t.equal(server.status, 'DOWN (agent)')
  registry.setAgentOn(server, false, 'operator')
  t.match(server, { health: 'up', effectiveWeight: 100, admin: 'drain' })
  t.same(timing.pending, [])
  const { length } = at.asked
  registry.setAgentOn(server, true, 'operator')
  await timing.next()
  t.equal(at.asked.length, length + 1)
  t.equal(server.status, 'DOWN (agent)')
})

t.test('an answer that comes after it was switched off is not heard', async (t) => {
  const { registry, server, agents, at, timing } = await scene('check = false')
  at.said = 'down'
  agents.start()
  const asking = timing.next()
  registry.setAgentOn(server, false, 'operator')
  await asking
  t.equal(server.health, 'up')
})

t.test('where and how it is asked can be set, and it is asked at once', async (t) => {
  const { registry, server, at, agents, timing } = await scene()
  agents.start()
  await timing.next()
  registry.setAgentAt(server, { host: '10.9.9.9' }, 'operator')
  await timing.next()
  registry.setAgentAt(server, { port: 7, send: 'a\\n' }, 'operator')
  await timing.next()
  t.same(at.asked, [
    { host: '127.0.0.1', port: 9999, send: 'hello' },
    { host: '10.9.9.9', port: 9999, send: 'hello' },
    { host: '127.0.0.1', port: 7, send: 'a\n' },
  ])
})

t.test('it is asked every interval, a little less by chance', async (t) => {
  const { agents, timing } = await scene('check = false', 'agent = { port = 9999, interval = "500ms" }')
  agents.start()
  t.same(timing.pending, [0])
  await timing.next()
  t.same(timing.pending, [500])
  agents.stop()
  t.same(timing.pending, [])
})

t.test('nobody is asked while a host name has no address', async (t) => {
  const { registry, server, at, agents, timing } = await scene('check = false')
  server.resolved = undefined
  agents.start()
  await timing.next()
  t.same(at.asked, [])
  registry.setAddress(server, { family: 4, host: '10.0.0.7', port: 5432 })
  await timing.next()
  t.match(at.asked, [{ host: '10.0.0.7', port: 9999 }])
})

t.test('a reload that puts its server elsewhere has the agent there asked at once', async (t) => {
  const { server, at, agents, timing, become } = await scene('check = false')
  server.resolved = undefined
  agents.start()
  await timing.next()
  for (const host of ['10.0.0.7', '10.0.0.8']) {
    server.resolved = { family: 4, host, port: 5432 }
    await become('check = false', 'agent = { port = 9999, send = "hello" }')
    await timing.next()
    t.match(at.asked.at(-1), { host, port: 9999 })
  }
  await become('check = false', 'agent = { port = 9999, send = "hello" }')
  t.not(timing.pending[0], 0, 'and not when it stays')
})

t.test('as the check it is the verdict, and its other words count too; maint is drain', async (t) => {
  const { server, checks, round } = await scene('check = { type = "agent", rise = 1, fall = 2 }', '')
  checks.start()
  await round('up 50%')
  t.match(server, { status: 'UP', effectiveWeight: 50 })
  await round('down')
  await round(undefined)
  t.equal(server.status, 'DOWN', 'silence counts as a failed probe')
  await round('maint')
  t.match(server, { admin: 'drain', health: 'up' })
  await settled()
})

t.test('a config that has no agent any more takes back what it said; one with another asks that at once', async (t) => {
  const { server, at, checks, agents, round, become, timing } = await scene('check = false')
  checks.start()
  agents.start()
  await round('down 25%')
  await become('check = false', 'agent = { port = 7 }')
  t.same(timing.pending, [0])
  await round('down 25%')
  t.match(at.asked.at(-1), { port: 7, send: undefined })
  t.equal(server.status, 'DOWN (agent)')
  await become('check = false', '')
  t.match(server, { agent: undefined, health: 'up', effectiveWeight: 100 })
  t.same(timing.pending, [])
  await become('check = false', 'agent = { port = 8 }')
  await round('50%')
  t.match(at.asked.at(-1), { port: 8 })
  t.equal(server.effectiveWeight, 50)
})

t.test('a check that is an agent no more leaves no weight behind', async (t) => {
  const { server, checks, round, become } = await scene('check = { type = "agent" }', '')
  checks.start()
  await round('up 50%')
  t.equal(server.effectiveWeight, 50)
  await become(CHECK, '')
  t.equal(server.effectiveWeight, 100)
})
