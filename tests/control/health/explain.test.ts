import t from 'tap'
import { explain } from '../../../src/control/health/explain.js'
import type { ServerAddress } from '../../../src/core/address.js'
import { startHysteresis } from '../../../src/core/hysteresis.js'
import { ManualTiming, serverOf, smallRegistry } from '../small-registry.js'

const NUMERIC: ServerAddress = { family: 4, host: '127.0.0.1', port: 5432 }
const NAMED: ServerAddress = { family: 'name', host: 'db1.example', port: 5432 }

function setUp(address: ServerAddress) {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: address }, clock: timing.now })
  const server = serverOf(registry, 'r1')
  return { timing, registry, server, told: () => explain(server, timing.now()) }
}

t.test('a server without a check, as configured', async (t) => {
  const { timing, told } = setUp(NUMERIC)
  timing.pass(90_061_000)
  t.same(told(), [
    'health up since 2027-01-15T08:00:00.000Z (1d1h1m): it has no check',
    'admin state ready, as configured',
  ])
})

t.test('a server that its probes took down', async (t) => {
  const { timing, registry, server, told } = setUp(NUMERIC)
  const failuresByReason = new Map()
  server.check = {
    hysteresis: startHysteresis(2, 3),
    last: undefined,
    runs: [],
    failures: 0,
    downs: 0,
    failuresByReason,
  }
  t.match(told()[0], /: trusted until its first failed probe$/)
  t.equal(told()[2], 'no probe yet')
  const words = 'connection refused by 127.0.0.1:5432'
  server.check.last = { passed: false, code: 'L4CON', reason: 'refused', words, durationMs: 0.42, at: timing.now() }
  registry.setHealth(server, 'down', words)
  timing.pass(400)
  t.same(told(), [
    'health down since 2027-01-15T08:00:00.000Z (400ms): connection refused by 127.0.0.1:5432',
    'admin state ready, as configured',
    'last probe 400ms ago: L4CON refused, connection refused by 127.0.0.1:5432, after 0.4ms',
  ])
})

t.test('who set what, and when', async (t) => {
  const { timing, registry, server, told } = setUp(NUMERIC)
  registry.setAdmin(server, 'maint', 'the stats socket')
  registry.setWeight(server, 0, 'the stats socket')
  timing.pass(192_300)
  t.same(told().slice(1), [
    'admin state maint, set by the stats socket 3m12s ago: no new sessions and no probes',
    'weight 0, set by the stats socket 3m12s ago: the policy gives it no new session',
  ])
})

t.test('a host name: unresolved, resolved, and kept when resolving fails', async (t) => {
  const { timing, registry, server, told } = setUp(NAMED)
  t.same(
    [told()[0], told().at(-1)],
    [
      'health down since 2027-01-15T08:00:00.000Z (0s): db1.example has never resolved',
      'db1.example is not resolved yet',
    ],
  )
  server.resolution = { at: timing.now(), failure: 'no such name' }
  t.equal(told().at(-1), 'db1.example did not resolve 0s ago: no such name; it has no address')
  registry.setAddress(server, { family: 4, host: '10.0.0.11', port: 5432 })
  server.resolution = { at: timing.now(), failure: undefined }
  t.equal(told().at(-1), 'db1.example is 10.0.0.11:5432, resolved 0s ago')
  server.resolution = { at: timing.now(), failure: 'no answer' }
  t.equal(told().at(-1), 'db1.example did not resolve 0s ago: no answer; the last good address 10.0.0.11:5432 stays')
})
