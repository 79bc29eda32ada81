/** What the runtime API tells of agents, and how it steers them. The replies are HAProxy 2.6's. */
import t from 'tap'
import { Agents } from '../../../src/control/health/agents.js'
import { parseLine } from '../../../src/control/health/probes/agent/parse-line.js'
import type { StartProbe } from '../../../src/control/health/run-probe.js'
import { registryOf } from '../registry-of.js'
import { ManualTiming } from '../small-registry.js'
import { exchange, startHarness } from './harness.js'

/** A server `b/s` whose agent says what the test says. */
async function steered() {
  const timing = new ManualTiming()
  const registry = await registryOf(
    `frontends.f = { listen = "tcp://127.0.0.1:1", backend = "b" }
    [backends.b]
    check = false
    agent = { port = 9999 }
    servers = [{ name = "s", address = "127.0.0.1:2" }]`,
    timing.now(),
  )
  let said = 'up'
  const probe: StartProbe = (_target, _source, _settings, now) => {
    const { advice } = parseLine(said)
    const isDown = advice.health === 'down'
    const verdict = isDown
      ? ({ code: 'L7STS', reason: 'says-down' } as const)
      : ({ code: 'L7OK', reason: 'passed' } as const)
    const finding = { passed: !isDown, ...verdict, words: `127.0.0.1:9999 says "${said}"`, advice }
    return { report: Promise.resolve({ ...finding, durationMs: 1.2, at: now() }), cancel: () => {} }
  }
  const agents = new Agents(registry, timing, probe)
  const harness = await startHarness({ registry, clock: timing.now })
  const ask = (command: string) => exchange(harness.path, `${command}\n`)
  const columns = async () => {
    const [header = '', ...lines] = (await ask('show stat b 4 -1')).trim().split('\n')
    const values = lines[0]?.split(',') ?? []
    const row = header
      .slice(2)
      .split(',')
      .map((name, i) => [name, values[i]] as const)
    return Object.fromEntries(row.filter(([name]) => /agent|last_agt|weight|status|slim/.test(name)))
  }
  const says = async (words: string) => {
    said = words
    await timing.next()
  }
  const state = async () => (await ask('show servers state b')).split('\n')[2]?.split(' ') ?? []
  return { registry, agents, harness, ask, columns, says, state }
}

t.test('the columns of an agent in show stat', async (t) => {
  const { agents, harness, columns, says, ask } = await steered()
  const rise = { agent_rise: '1', agent_fall: '1' }
  t.match(await columns(), {
    agent_status: 'INI',
    agent_desc: 'Initializing',
    agent_code: '',
    agent_health: '1',
    ...rise,
  })
  agents.start()
  await says('up')
  t.match(await columns(), {
    status: 'no check',
    agent_status: 'L7OK',
    agent_desc: 'Layer7 check passed',
    agent_code: '0',
    agent_duration: '1',
    agent_health: '1',
    last_agt: '"127.0.0.1:9999 says ""up"""',
    ...rise,
  })
  await says('down')
  t.match(await columns(), { status: 'DOWN (agent)', agent_status: 'L7STS', agent_code: '0', agent_health: '0' })
  await says('75% maxconn:3')
  t.match(await columns(), {
    weight: '75',
    uweight: '100',
    slim: '3',
    agent_status: 'CHECKED',
    agent_desc: 'No status change',
    agent_code: '',
    agent_health: '0',
  })
  await ask('disable agent b/s')
  t.match(await columns(), { weight: '100', agent_status: '', agent_health: '', agent_rise: '', last_agt: '' })
  await harness.close()
})

t.test('an agent can be steered, in words of HAProxy', async (t) => {
  const { registry, harness, ask } = await steered()
  const server = registry.backend('b')?.server('s')
  t.equal(await ask('set server b/s agent foo'), "'set server <srv> agent' expects 'up' or 'down'.\n\n")
  t.equal(await ask('set server b/s agent down'), '\n')
  t.equal(server?.status, 'DOWN (agent)')
  t.equal(await ask('set server b/s agent up'), '\n')
  t.equal(server?.health, 'up')
  t.equal(await ask('set server b/s agent-addr 127.0.0.2 port 26121'), '\n')
  t.equal(await ask('set server b/s agent-send ping\\\\n'), '\n')
  t.same(server?.agentAt, { host: '127.0.0.2', port: 26121, send: 'ping\\n' })
  t.equal(await ask('set server b/s agent-port abc'), 'provided port is not an integer\n')
  t.equal(await ask('set server b/s agent-port 99999'), 'provided port is invalid\n')
  t.equal(await ask('set server b/s agent-addr nonsense'), "Invalid addr 'nonsense'\n\n")
  t.match(await ask('set server b/s agent-send a\\\\'), /agent-send takes/)
  t.match(await ask('show audit json'), /"kind":"agent-at"/)
  await ask('undo')
  t.same(server?.agentAt, { host: '127.0.0.2', port: 26121 })
  t.equal(await ask('disable agent b/s'), '\n')
  t.equal(await ask('set server b/s agent down'), 'agent checks are not enabled on this server.\n\n')
  t.equal(await ask('enable agent b/s'), '\n')
  await harness.close()
})

t.test('show servers state has where an agent is asked, and whether', async (t) => {
  const { harness, ask, state } = await steered()
  t.same([(await state())[14], ...(await state()).slice(-2)], ['22', '-', '9999'])
  await ask('set server b/s agent-addr 127.0.0.2 port 5')
  await ask('disable agent b/s')
  t.same([(await state())[14], ...(await state()).slice(-2)], ['18', '127.0.0.2', '5'])
  await harness.close()
})

t.test('what an agent did is nobody else to undo, and is not kept', async (t) => {
  const { registry, agents, harness, ask, says } = await steered()
  const server = registry.backend('b')?.server('s')
  await ask('set server b/s weight 50')
  await ask('set server b/s state drain')
  agents.start()
  await says('ready maxconn:7')
  t.equal(server?.admin, 'ready')
  const { changes } = JSON.parse(await ask('show audit json'))
  t.match(changes, [{ kind: 'weight' }, { kind: 'admin' }, { kind: 'admin', by: 'agent' }])
  t.equal(changes.length, 3, 'its limit is no news')
  t.notMatch(await ask('show state json'), /"kind":"admin"/)
  t.match(await ask('undo'), /it made the admin state of b\/s drain, and since then it was made ready/)
  await harness.close()
})

t.test('why tells what it said last', async (t) => {
  const { agents, harness, ask, says } = await steered()
  t.match(await ask('show why b/s'), /\nagent not asked yet\n/)
  agents.start()
  await says('25% down # busy')
  const why = await ask('show why b/s')
  t.match(
    why,
    /^DOWN \(agent\)\ntakes no new sessions: down for \S+: its agent at 127\.0\.0\.1:9999 says "25% down # busy"\n/,
  )
  t.match(why, /\neffective weight 25 of 100: 25% by its agent\n/)
  t.match(why, /\nagent at 127\.0\.0\.1:9999 says "25% down # busy", \S+ ago\n/)
  const { agent } = JSON.parse(await ask('show why b/s json'))
  t.match(agent, { on: true, health: 'down', said: { reason: 'says-down', advice: { weightPercent: 25 } } })
  await says('up 0%')
  t.match(await ask('show why b/s'), /takes no new sessions: weight 0 by its agent\n/)
  await harness.close()
})
