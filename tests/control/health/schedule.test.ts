import fc from 'fast-check'
import t from 'tap'
import { JITTER, nextDelay, startDelay } from '../../../src/control/health/schedule.js'
import { afterProbe, isInTransition, isUp, startHysteresis } from '../../../src/core/hysteresis.js'

const schedules = fc
  .record({
    intervalMs: fc.integer({ min: 10, max: 60_000 }),
    fastShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
    timeoutShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
    rise: fc.integer({ min: 1, max: 6 }),
    fall: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ intervalMs, fastShare, timeoutShare, ...same }) => ({
    ...same,
    intervalMs,
    fastIntervalMs: intervalMs * fastShare,
    timeoutMs: intervalMs * timeoutShare,
  }))
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

t.test('jitter shortens an interval by a tenth at most and never stretches it', async () => {
  fc.assert(
    fc.property(schedules, chance, fc.boolean(), (schedule, random, passed) => {
      const state = afterProbe(startHysteresis(schedule.rise, schedule.fall), passed)
      const interval = isInTransition(state) ? schedule.fastIntervalMs : schedule.intervalMs
      const delay = nextDelay(schedule, state, 0, random)
      return delay <= interval && delay >= interval * (1 - JITTER)
    }),
  )
})

t.test('a probe that took its time is taken off the pause, and the pause is never below zero', async () => {
  fc.assert(
    fc.property(schedules, chance, fc.double({ min: 0, max: 100_000, noNaN: true }), (schedule, random, took) => {
      const state = startHysteresis(schedule.rise, schedule.fall)
      const untouched = nextDelay(schedule, state, 0, random)
      return nextDelay(schedule, state, took, random) === Math.max(0, untouched - took)
    }),
  )
})

t.test('a server that dies after any passed probe is down within interval × fall + timeout', async () => {
  fc.assert(
    fc.property(schedules, fc.integer({ min: 1, max: 20 }), fc.infiniteStream(chance), (schedule, passes, chances) => {
      let state = startHysteresis(schedule.rise, schedule.fall)
      for (let i = 0; i < passes; i++) state = afterProbe(state, true)
      let sinceDeath = 0
      let took = 0
      while (isUp(state)) {
        const { value: random = 0 } = chances.next()
        sinceDeath += nextDelay(schedule, state, took, random)
        took = schedule.timeoutMs // the slowest way to fail
        sinceDeath += took
        state = afterProbe(state, false)
      }
      return sinceDeath <= schedule.intervalMs * schedule.fall + schedule.timeoutMs + 1e-6
    }),
  )
})

t.test('a server is down after exactly `fall` failures and up after exactly `rise` passes', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (rise, fall) => {
      let state = afterProbe(startHysteresis(rise, fall), true)
      for (let i = 0; i < fall; i++) state = afterProbe(state, true)
      let failures = 0
      for (; isUp(state); failures++) state = afterProbe(state, false)
      let passes = 0
      for (; !isUp(state); passes++) state = afterProbe(state, true)
      return failures === fall && passes === rise && !isInTransition(state)
    }),
  )
})

t.test('first probes come soon, one by one, all within the first interval', async (t) => {
  t.equal(startDelay(0, 3, 2_000), 0)
  t.equal(startDelay(2, 3, 2_000), 40)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 10, max: 60_000 }), (count, interval) => {
      const delays = Array.from({ length: count }, (_, i) => startDelay(i, count, interval))
      return delays.every((delay, i) => delay < interval && (i === 0 || delay > (delays[i - 1] ?? 0)))
    }),
  )
})
