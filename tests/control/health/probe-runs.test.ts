import t from 'tap'
import { withProbe } from '../../../src/control/health/probe-runs.js'
import type { ProbeReport, ProbeRun } from '../../../src/control/registry/server.js'

function report(at: number, words = 'connected', durationMs = 1): ProbeReport {
  const passed = words === 'connected'
  return { passed, code: passed ? 'L4OK' : 'L4CON', reason: passed ? 'passed' : 'refused', words, durationMs, at }
}

function after(...reports: readonly ProbeReport[]): readonly ProbeRun[] {
  return reports.reduce<readonly ProbeRun[]>((runs, one) => withProbe(runs, one), [])
}

t.test('probes that saw the same are one run, with its times and the range of what they took', async (t) => {
  const runs = after(report(10, 'connected', 3), report(20, 'connected', 1), report(30, 'connected', 2))
  const same = { passed: true, code: 'L4OK', reason: 'passed', words: 'connected' }
  t.same(runs, [{ ...same, count: 3, from: 10, to: 30, fastestMs: 1, slowestMs: 3 }])
})

t.test('another finding begins a new run, the newest first', async (t) => {
  const runs = after(report(1), report(2, 'refused'), report(3, 'refused'), report(4, 'unreachable'))
  t.match(runs, [
    { words: 'unreachable', count: 1 },
    { words: 'refused', count: 2, from: 2, to: 3 },
    { words: 'connected', count: 1 },
  ])
})

t.test('an hour of failures still shows when it last passed; a flapping server costs no more memory', async (t) => {
  const failures = Array.from({ length: 3_600 }, (_, i) => report(i + 1, 'refused'))
  t.match(after(report(0), ...failures), [{ count: 3_600 }, { words: 'connected', to: 0 }])
  const flapping = Array.from({ length: 100 }, (_, i) => report(i, i % 2 === 0 ? 'connected' : 'refused'))
  t.equal(after(...flapping).length, 8)
})
