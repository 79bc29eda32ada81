import fc from 'fast-check'
import t from 'tap'
import { afterProbe, type Hysteresis, isInTransition, isUp, startHysteresis } from '../../src/core/hysteresis.js'

/** The plain reading: `fall` failures in a row take a server down, `rise` passes in a row bring it up. */
class Model {
  up = true
  /** Probes in a row that speak against the present state. At the start one failure is enough. */
  against: number

  constructor(
    readonly rise: number,
    readonly fall: number,
  ) {
    this.against = fall - 1
  }
  probe(passed: boolean): void {
    this.against = passed === this.up ? 0 : this.against + 1
    if (this.against < (this.up ? this.fall : this.rise)) return
    this.up = !this.up
    this.against = 0
  }
}

const count = fc.integer({ min: 1, max: 6 })
const probes = fc.array(
  fc.boolean().chain((passed) => fc.integer({ min: 1, max: 7 }).map((times) => new Array<boolean>(times).fill(passed))),
  { maxLength: 12 },
)
const after = (state: Hysteresis, ...passed: boolean[]) => passed.reduce(afterProbe, state)

t.test('after any probes it stands where the plain reading of rise and fall says', (t) => {
  fc.assert(
    fc.property(count, count, probes, (rise, fall, runs) => {
      const model = new Model(rise, fall)
      let state = startHysteresis(rise, fall)
      for (const passed of runs.flat()) {
        model.probe(passed)
        state = afterProbe(state, passed)
        const inRange = state.health >= 0 && state.health <= rise + fall - 1
        if (!inRange || isUp(state) !== model.up || isInTransition(state) !== model.against > 0) return false
      }
      return true
    }),
    { numRuns: 1_000, seed: 1 },
  )
  t.end()
})

t.test('health is counted as HAProxy shows it', (t) => {
  const start = startHysteresis(2, 3)
  t.equal(start.health, 2)
  t.equal(after(start, true).health, 4)
  t.equal(after(start, true, false).health, 3)
  t.equal(after(start, true, false, false).health, 2)
  t.equal(after(start, true, false, false, true).health, 4, 'one pass forgets the failures')
  t.equal(after(start, true, false, false, false).health, 0)
  t.equal(after(start, false).health, 0, 'never seen to work: the first failure is enough')
  t.equal(after(start, false, true).health, 1)
  t.equal(after(start, false, true, false).health, 0)
  t.equal(after(start, false, true, true).health, 4)
  t.end()
})
