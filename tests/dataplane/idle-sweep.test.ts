/** Sessions that have been idle for too long are found a part at a time, and never all ended in one turn. */
import t from 'tap'
import { type LiveSession, Sessions } from '../../src/dataplane/sessions.js'

class Idle implements LiveSession {
  place = -1
  readonly id = ''
  readonly frontend = 0
  readonly backend = 0
  readonly server = 0
  constructor(
    private readonly all: Sessions,
    private readonly endsAt: number,
  ) {}
  info(): never {
    throw new Error('nobody asks')
  }
  end(): void {
    this.all.remove(this)
  }
  endIfIdle(now: number): void {
    if (now >= this.endsAt) this.end()
  }
  restMs(): undefined {
    return undefined
  }
  closeIfQuiet(): boolean {
    return false
  }
}

function sessionsOf(count: number, endsAt: (i: number) => number): Sessions {
  const sessions = new Sessions(0)
  for (let i = 0; i < count; i++) sessions.add(new Idle(sessions, endsAt(i)))
  return sessions
}

t.test('thousands that are idle at once end in several turns, one soon after the other', async (t) => {
  const sessions = sessionsOf(20_000, () => 0)
  for (let turns = 0; sessions.size > 0 && turns < 100; turns++) {
    const before = sessions.size
    const hasMore = sessions.endIdle(1)
    t.ok(before - sessions.size <= 1_000, 'no turn ends more')
    t.ok(hasMore || sessions.size === 0 || before - sessions.size < 500, 'the rest is asked for soon')
  }
  t.equal(sessions.size, 0)
})

t.test('four calls look at all, however many there are', async (t) => {
  for (const count of [1, 499, 500, 501, 10_000]) {
    const sessions = sessionsOf(count, (i) => (i % 100 === 0 ? 0 : 10))
    for (let i = 0; i < 4; i++) sessions.endIdle(1)
    t.equal(sessions.size, count - Math.ceil(count / 100), `${count} sessions`)
  }
})
