import t from 'tap'
import { healthDocument } from '../../../src/control/health/readiness.js'
import type { Address } from '../../../src/core/address.js'
import { bitsOf, LANES_OF } from '../../../src/core/lane.js'
import { ManualTiming, serverOf, smallRegistry } from '../small-registry.js'

const at = (port: number): Address => ({ family: 4, host: '127.0.0.1', port })

function setUp() {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: at(1), r2: at(2) }, clock: timing.now })
  const state = { stopping: false, running: 2 }
  const startedAt = timing.now() - 61_500
  const document = () =>
    healthDocument(
      {
        registry,
        process: { version: '1.2.3', startedAt, isStopping: () => state.stopping },
        workers: { count: 2, running: state.running },
      },
      timing.now(),
    )
  return { registry, state, document, r1: serverOf(registry, 'r1'), r2: serverOf(registry, 'r2') }
}

t.test('healthy: every worker runs and every wanted server serves', async (t) => {
  t.same(setUp().document(), {
    status: 'healthy',
    checks: [
      { name: 'process', status: 'healthy', words: 'running' },
      { name: 'workers', status: 'healthy', words: '2 of 2 running' },
      { name: 'frontend front', status: 'healthy', words: '2 of 2 servers of db take new sessions' },
    ],
    version: '1.2.3',
    uptime: 61,
  })
})

t.test('degraded: a server is down that should serve, or a worker is missing', async (t) => {
  const { registry, state, document, r1 } = setUp()
  registry.setHealth(r1, 'down', 'connection refused by 127.0.0.1:1')
  t.equal(document().status, 'degraded')
  t.match(document().checks[2], {
    words: '1 of 2 servers of db take new sessions; db/r1 is down: connection refused by 127.0.0.1:1',
  })
  registry.setHealth(r1, 'up', 'connected')
  state.running = 1
  t.equal(document().status, 'degraded')
})

t.test('a server whose name never resolved says so', async (t) => {
  const registry = smallRegistry({
    servers: { r1: at(1), r2: { family: 'name', host: 'db2.example', port: 5432 } },
  })
  serverOf(registry, 'r2').resolution = { at: 0, failure: 'there is no such name' }
  const process = { version: '1', startedAt: 0, isStopping: () => false }
  t.match(healthDocument({ registry, process, workers: { count: 1, running: 1 } }, 0).checks[2], {
    status: 'degraded',
    words:
      '1 of 2 servers of db take new sessions; db/r2 is down: db2.example has never resolved: there is no such name',
  })
})

t.test('what the operator took out is missed by nobody, while another serves', async (t) => {
  const { registry, document, r1, r2 } = setUp()
  registry.setAdmin(r1, 'maint', 'test')
  t.equal(document().status, 'healthy')
  registry.setWeight(r2, 0, 'test')
  t.equal(document().status, 'unhealthy')
})

t.test('unhealthy: a frontend without a server, no worker, or stopping', async (t) => {
  const { registry, state, document, r1, r2 } = setUp()
  state.stopping = true
  t.match(document(), { status: 'unhealthy', checks: [{ words: 'stopping' }, {}, {}] })
  state.stopping = false
  state.running = 0
  t.equal(document().status, 'unhealthy')
  state.running = 2
  for (const server of [r1, r2]) registry.setHealth(server, 'down', 'dead')
  t.match(document(), { status: 'unhealthy', checks: [{}, {}, { status: 'unhealthy' }] })
})

t.test('where nobody serves the role that is asked for, each server says why', async (t) => {
  const registry = smallRegistry({ servers: { r1: at(1), r2: at(2) }, role: 'primary' })
  const [r1, r2] = [serverOf(registry, 'r1'), serverOf(registry, 'r2')]
  r2.database = { role: 'replica' }
  for (const server of [r1, r2]) registry.setBarred(server, bitsOf(LANES_OF.primary))
  const process = { version: '1', startedAt: 0, isStopping: () => false }
  t.match(healthDocument({ registry, process, workers: { count: 1, running: 1 } }, 0).checks[2], {
    status: 'unhealthy',
    words:
      '0 of 2 servers of db take new sessions for primary; db/r1: its role is not known yet; db/r2: it is a replica: primary is asked for',
  })
})
