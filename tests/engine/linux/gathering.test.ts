/** When the loop waits for more datagrams, and for how long. */
import t from 'tap'
import { Gathering } from '../../../src/dataplane/linux/gathering.js'

/** Turns that begin so many µs after one another, unless the loop slept beyond that; each takes 20 µs. */
function turns(gathering: { note(datagrams: number): void; endTurn(at: number, events: number): void }, time: Clock) {
  return (count: number, everyUs: number, datagrams: number, events = 1) => {
    const slept: number[] = []
    for (let i = 0; i < count; i++) {
      const began = time.us
      if (datagrams > 0) gathering.note(datagrams)
      time.us += 20
      time.slept = 0
      gathering.endTurn(began / 1_000, events)
      slept.push(time.slept)
      time.us = Math.max(time.us, began + everyUs)
    }
    return slept
  }
}

interface Clock {
  us: number
  slept: number
}

function setUp() {
  const time: Clock = { us: 1e6, slept: 0 }
  const gathering = new Gathering(
    () => time.us / 1_000,
    (us) => {
      time.slept = us
      time.us += us
    },
  )
  return turns(gathering, time)
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

t.test('sparse datagrams are handed on at once', async (t) => {
  const run = setUp()
  t.equal(sum(run(1_000, 40, 3)), 0, '75 in a millisecond')
  t.equal(sum(run(100, 10_000, 50)), 0, 'bursts with rests between them')
})

t.test('dense ones are gathered, and the period counts from the beginning of the turn', async (t) => {
  const run = setUp()
  run(300, 40, 20)
  const slept = run(200, 40, 20)
  t.ok(
    slept.every((us) => us === 130),
    `150 µs less the turn's 20: ${slept[0]}`,
  )
  run(200, 150, 6)
  t.equal(sum(run(100, 150, 6)), 0, 'until fewer come')
})

t.test('the loop does not sleep over a full turn, nor beside streams, nor after a rest', async (t) => {
  const run = setUp()
  run(300, 40, 20)
  t.equal(run(1, 40, 64)[0], 0, '64 datagrams')
  t.equal(run(1, 40, 20, 2)[0], 0, 'another event')
  t.equal(run(1, 40, 0, 3)[0], 0, 'only other events')
  t.equal(run(1, 40, 20)[0], 130)
  run(1, 50_000, 0, 0)
  t.equal(run(1, 40, 20)[0], 0, 'after 50 ms without any')
})
