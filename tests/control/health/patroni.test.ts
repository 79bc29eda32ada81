/** The Patroni probe against its documented answers, in every state that a server goes through. */
import t, { type Test } from 'tap'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { ProbeReport } from '../../../src/control/registry/server.js'
import {
  answering,
  closing,
  resetting,
  silent,
  startMisbehaving,
  withoutLeak,
} from '../../support/misbehaving-servers.js'
import { LEADER, type PatroniDocument, REPLICA, startFakePatroni } from '../../support/patroni.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const NOW = Date.parse('2026-11-21T17:40:00Z')

function report(port: number, onStep?: (words: string) => void, timeoutMs = 2_000): Promise<ProbeReport> {
  const check = { ...SCHEDULE, type: 'patroni', timeoutMs } as const
  return startProbe({ family: 4, host: '127.0.0.1', port }, undefined, check, Date.now, onStep).report
}

async function probed(t: Test, document: PatroniDocument, isLeader?: boolean): Promise<ProbeReport> {
  const patroni = await startFakePatroni(document, () => NOW)
  t.teardown(() => patroni.close())
  if (isLeader !== undefined) patroni.isLeader = isLeader
  return report(patroni.port)
}

const xlog = (received: number | null, replayed: number, timestamp: string | null): PatroniDocument => ({
  ...REPLICA,
  xlog: { received_location: received, replayed_location: replayed, replayed_timestamp: timestamp, paused: false },
})

t.test('one request tells role, position and timeline', async (t) => {
  const patroni = await startFakePatroni(LEADER)
  t.teardown(() => patroni.close())
  const steps: string[] = []
  const finding = await report(patroni.port, (words) => steps.push(words))
  t.match(finding, { passed: true, code: 'L7OK', reason: 'passed', words: `127.0.0.1:${patroni.port} is a primary` })
  t.same(finding.database, { role: 'primary', timeline: 3, position: 67_108_960 })
  t.same(steps, ['connected', '200 to GET /primary', 'is a primary'])
  t.same((await probed(t, REPLICA)).database, { role: 'replica', timeline: 3, position: 67_108_960, lagMs: 0 })
})

t.test('Patroni 4 says primary where Patroni 3 says master; a standby leader takes no writes', async (t) => {
  t.match((await probed(t, { ...LEADER, role: 'primary' })).database, { role: 'primary' })
  const standby = { ...REPLICA, role: 'standby_leader' }
  t.match((await probed(t, standby, false)).database, { role: 'replica', position: 67_108_960 })
})

t.test('writes need both the lock and the role', async (t) => {
  t.match(await probed(t, LEADER, false), {
    passed: false,
    code: 'L7STS',
    reason: 'not-ready',
    words: /it runs as a primary without the leader lock$/,
  })
  const promoting = await probed(t, REPLICA, true)
  t.match(promoting.database, { role: 'replica' }, 'it holds the lock and is in recovery yet')
})

t.test('a server that does not run, or is between two roles, is not ready', async (t) => {
  const states = ['starting', 'stopped', 'crashed', 'creating replica', 'unknown']
  for (const state of states) {
    const words = `PostgreSQL is in state "${state}"`
    t.match(await probed(t, { state, role: 'replica' }), {
      passed: false,
      code: 'L7STS',
      reason: 'not-ready',
      words: new RegExp(words),
    })
  }
  t.match(await probed(t, { ...LEADER, state: 'restarting' }, true), { passed: false, reason: 'not-ready' })
  t.match(await probed(t, { ...LEADER, role: 'demoted' }, false), {
    reason: 'not-ready',
    words: /its role is "demoted"$/,
  })
})

t.test('a replica with the tag noloadbalance says that it takes no reads; as the leader it takes writes', async (t) => {
  const tags = { noloadbalance: true }
  t.match(await probed(t, { ...REPLICA, tags }), {
    passed: false,
    reason: 'says-down',
    words: /the tag noloadbalance$/,
  })
  t.match(await probed(t, { ...LEADER, tags }), { passed: true, database: { role: 'primary' } })
  t.match(await probed(t, { ...REPLICA, tags: { noloadbalance: false } }), { passed: true })
})

t.test("lag is by the server's own clock, and none while all that came is replayed", async (t) => {
  const tenSecondsAgo = '2026-11-21 17:39:50.000000+00:00'
  t.match((await probed(t, xlog(200, 100, tenSecondsAgo))).database, { position: 100, lagMs: 10_000 })
  t.match((await probed(t, xlog(200, 200, tenSecondsAgo))).database, { position: 200, lagMs: 0 })
  t.match((await probed(t, xlog(null, 200, tenSecondsAgo))).database, { lagMs: 10_000 }, 'from an archive')
  t.match((await probed(t, xlog(200, 100, '2026-11-21 19:41:00+02:00'))).database, { lagMs: 0 }, 'a clock ahead')
  t.notOk('lagMs' in ((await probed(t, xlog(200, 100, null))).database ?? {}), 'nobody knows')
})

t.test('a replica that does not stream falls behind by the clock, as far as Patroni says so', async (t) => {
  const replayed = { received_location: 200, replayed_location: 200, replayed_timestamp: '2026-11-21 17:39:50+00:00' }
  const lag = async (version: string, more: object) =>
    (await probed(t, { ...REPLICA, xlog: replayed, patroni: { version }, ...more })).database?.lagMs
  t.equal(await lag('3.0.3', {}), 0, 'it never says')
  t.equal(await lag('3.0.4', {}), 10_000)
  t.equal(await lag('4.1.4', {}), 10_000)
  t.equal(await lag('4.1.4', { replication_state: 'in archive recovery' }), 10_000)
  t.equal(await lag('4.1.4', { replication_state: 'streaming' }), 0)
})

t.test('a document with values of other types, or none, tells no more than it can', async (t) => {
  const odd = { ...REPLICA, timeline: 'three', xlog: { received_location: 'x', replayed_location: -1 }, tags: [] }
  t.same((await probed(t, odd)).database, { role: 'replica' })
  t.same((await probed(t, { ...LEADER, xlog: null, timeline: 1e300 })).database, { role: 'primary' })
})

t.test('what is no Patroni is told apart', async (t) => {
  const http = (status: string, body: string) =>
    answering(`HTTP/1.0 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  const cases = [
    [http('200 OK', 'hello'), 'L7RSP', 'garbage', /answers 200 with "hello": not the status that Patroni tells$/],
    [http('404 Not Found', '{"state": 5, "role": "replica"}'), 'L7RSP', 'garbage', /answers 404/],
    [http('200 OK', '[]'), 'L7RSP', 'garbage', /"\[\]"/],
    [http('401 Unauthorized', ''), 'L7RSP', 'wrong-answer', /answers 401 with ""/],
    [silent, 'L7TOUT', 'no-answer', /^no answer to GET \/primary from/],
    [closing, 'L7RSP', 'closed', /without an answer to GET \/primary$/],
    [resetting, 'L7RSP', 'reset', /^connection reset/],
    [answering('HTTP/1.0 200 OK\r\nContent-Length: 900\r\n\r\n{"state'), 'L7TOUT', 'truncated', /^half an answer/],
  ] as const
  for (const [misbehave, code, reason, words] of cases) {
    const server = await startMisbehaving(misbehave)
    await withoutLeak(async () => {
      const finding = await report(server.port, undefined, 500)
      t.match(finding, { passed: false, code, reason, words }, `${reason}: ${finding.words}`)
      t.notOk('database' in finding)
    })
    await server.close()
  }
})
