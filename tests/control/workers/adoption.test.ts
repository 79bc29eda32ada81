/** Who holds the listening sockets of a worker that stays away. The workers here are the test's own: they die at its word. */
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { ListeningSockets } from '../../../src/control/workers/listening-sockets.js'
import type { StartWorker, WorkerLinkHandlers } from '../../../src/control/workers/worker-link.js'
import { Workers } from '../../../src/control/workers/workers.js'
import type { Shape } from '../../../src/core/messages.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { skipEngine } from '../../support/engines.js'
import { frontendShape } from '../../support/frontend-shape.js'

const skip = skipEngine('linux')

const SHAPE: Shape = { records: false, frontends: [frontendShape({ backlog: 1 })], backends: [] }

class Fleet {
  readonly workers: Workers
  /** Which sockets each worker was told to listen on last. */
  readonly shares: (readonly number[])[] = []
  private readonly running: WorkerLinkHandlers[] = []

  constructor(count: number) {
    const capacity = { servers: 1, backends: 1, frontends: 1, workers: count }
    const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
    this.workers = new Workers('linux', board, this.start, new ListeningSockets(count))
  }

  static async start(t: Test, count: number): Promise<Fleet> {
    const fleet = new Fleet(count)
    t.teardown(async () => {
      const ended = fleet.workers.quit(1)
      for (const index of fleet.running.keys()) fleet.die(index)
      await ended
    })
    await fleet.workers.start()
    await fleet.workers.configure(SHAPE)
    return fleet
  }

  private readonly start: StartWorker = ({ worker }, handlers) => {
    this.running[worker] = handlers
    setImmediate(() => handlers.onMessage({ type: 'ready', engine: 'linux', pid: 0 }))
    return {
      send: ({ number, request }) => {
        if (request.do === 'configure') {
          this.shares[worker] = request.shape.frontends.flatMap(({ listeners }) => listeners.map(({ share }) => share))
        }
        setImmediate(() => handlers.onMessage({ type: 'answer', number, answer: { ok: true } }))
      },
      kill: () => {},
    }
  }

  die(worker: number): void {
    this.running[worker]?.onExit('signal SIGKILL')
  }

  async restarted(worker: number): Promise<void> {
    for (;;) {
      const [which] = await once(this.workers, 'restarted')
      if (which === worker) return
    }
  }

  /** Each death doubles the pause: 0.1, 0.2, 0.4 s; the next is one for which the sockets are adopted. */
  async dieForLong(worker: number): Promise<void> {
    for (let death = 0; death < 3; death++) {
      this.die(worker)
      await this.restarted(worker)
    }
    this.die(worker)
  }
}

t.test('a living worker adopts them, and gives them back', { skip }, async (t) => {
  const fleet = await Fleet.start(t, 2)
  t.same(fleet.shares, [[0], [1]])
  await fleet.dieForLong(0)
  t.same(fleet.shares[1], [1, 0])
  await fleet.restarted(0)
  t.same(fleet.shares, [[0], [1]])
})

t.test('when the adopter dies another one adopts them, and the adopter returns with its own', { skip }, async (t) => {
  const fleet = await Fleet.start(t, 3)
  await fleet.dieForLong(0)
  t.same(fleet.shares[1], [1, 0])
  fleet.die(1)
  t.same(fleet.shares[2], [2, 0])
  await fleet.restarted(1)
  t.same(fleet.shares[1], [1])
  await fleet.restarted(0)
  t.same(fleet.shares, [[0], [1], [2]])
})

t.test('when nobody is left, the first that returns adopts them', { skip }, async (t) => {
  const fleet = await Fleet.start(t, 2)
  await fleet.dieForLong(0)
  fleet.die(1)
  await fleet.restarted(1)
  t.same(fleet.shares[1], [1, 0])
  await fleet.restarted(0)
  t.same(fleet.shares, [[0], [1]])
})
