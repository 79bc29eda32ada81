import t from 'tap'
import { withProbe } from '../../src/control/health/probe-runs.js'
import type { Registry } from '../../src/control/registry/registry.js'
import type { ProbeReport } from '../../src/control/registry/server.js'
import { NOW } from '../control/runtime-api/captured-registry.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

const time = (secondsAgo: number) => new Date(NOW - secondsAgo * 1_000).toISOString()

/** pg4 was up until 24 seconds ago, its probes one second apart. */
function failSinceThen(registry: Registry): void {
  const check = registry.backend('be_pg')?.server('pg4')?.check
  if (!check) throw new Error('pg4 has no check')
  const probe = (secondsAgo: number): ProbeReport => {
    const at = NOW - secondsAgo * 1_000
    if (secondsAgo < 24)
      return { passed: false, code: 'L4CON', reason: 'refused', words: 'Connection refused', durationMs: 0.25, at }
    return { passed: true, code: 'L4OK', reason: 'passed', words: 'connected', durationMs: secondsAgo / 10, at }
  }
  check.runs = []
  for (let ago = 40; ago >= 0; ago--) check.runs = withProbe(check.runs, probe(ago))
}

t.test('why: the state with its reasons, then the last probes', async (t) => {
  const { registry, path, close } = await startHarness()
  failSinceThen(registry)
  const env = { HEADGATE_SOCKET: path }
  t.equal(
    (await headgate(['why', 'be_pg/pg4'], { env })).out,
    `be_pg/pg4 is DOWN: takes no new sessions
  health down since ${time(26)} (26s): Connection refused
  admin state ready, as configured
  weight 1, 0 sessions alive of 50 allowed, fed by fe_pg

LAST PROBES  TIMES  RESULT         TOOK        SAW
     0s ago     24  L4CON refused  0.3 ms      Connection refused
    24s ago     17  L4OK           2.4–4.0 ms  connected
`,
  )
  const json = JSON.parse((await headgate(['why', 'be_pg/pg4', '--json'], { env })).out)
  t.match(json, {
    path: 'be_pg/pg4',
    health: 'down',
    obstacles: ['down for 26s: Connection refused'],
    probes: [{ count: 24, from: NOW - 23_000, to: NOW }, { code: 'L4OK' }],
    frontends: ['fe_pg'],
  })
  await close()
})

t.test('why: who changed it, and how to have it back', async (t) => {
  const { registry, path, close } = await startHarness()
  const n1 = registry.backend('be_nochk')?.server('n1')
  if (!n1) throw new Error('no n1')
  registry.setAdmin(n1, 'maint', 'the test')
  registry.setWeight(n1, 0, 'the test')
  t.equal(
    (await headgate(['why', 'be_nochk/n1', '--socket', path])).out,
    `be_nochk/n1 is MAINT: takes no new sessions
  health up since ${time(27)} (27s): it has no check
  admin state maint, set by the test 0s ago: no new sessions and no probes
  weight 0, set by the test 0s ago: the policy gives it no new session
  0 sessions alive, no frontend feeds it

To give it new sessions again:
  headgate ready be_nochk/n1 --socket ${path}
  headgate weight be_nochk/n1 1 --socket ${path}
`,
  )
  await close()
})

t.test('why fits a terminal, and names what was perhaps meant', async (t) => {
  const { registry, path, close } = await startHarness()
  failSinceThen(registry)
  const env = { HEADGATE_SOCKET: path, NO_COLOR: '1' }
  for (const columns of [80, 60]) {
    const { out } = await headgate(['why', 'be_pg/pg4'], { env, columns })
    t.same(
      out.split('\n').filter((line) => line.length > columns),
      [],
      `${columns} columns`,
    )
  }
  t.match(await headgate(['why', 'be_pg/pg44'], { env }), { code: 1, err: /Did you mean be_pg\/pg4\?/ })
  await close()
})
