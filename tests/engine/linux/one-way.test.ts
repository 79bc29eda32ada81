/**
 * One direction of a relay, over real sockets, step by step: each call of `move` is what an event of the loop leads to.
 * Partial sends, splice on and off in mid-stream, and what happens when there are no pipes.
 */
import { randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { EventLoop } from '../../../src/dataplane/linux/event-loop.js'
import { MOVED, OneWay } from '../../../src/dataplane/linux/one-way.js'
import { Pipes } from '../../../src/dataplane/linux/pipes.js'
import { Region } from '../../../src/native/region.js'
import { descriptors } from '../../support/processes.js'
import { counters, pair } from './sockets.js'

const BUFFER_BYTES = 65_536
const NOW = 0
/** Larger than all that a test sends at a time. */
const ROOMY = 2 << 20
/** What the sink takes before it must be read: a few kB, enough to begin with splice, or everything. */
const SINKS = {
  narrow: { nearSends: 1, farTakes: 1 },
  slow: { nearSends: 100_000, farTakes: 100_000 },
  roomy: { nearSends: ROOMY, farTakes: ROOMY },
} as const
const WITHIN_MS = 5_000

/** Counts the pipes that are asked for, and can have none. */
class WatchedPipes extends Pipes {
  taken = 0
  isEmpty = false

  override take(now: number) {
    const pipe = this.isEmpty ? undefined : super.take(now)
    if (pipe !== undefined) this.taken++
    return pipe
  }
}

class Scene {
  readonly loop = new EventLoop()
  readonly pipes = new WatchedPipes(8)
  readonly counters = counters()
  readonly source
  readonly sink
  readonly way
  readonly sent: Buffer[] = []
  readonly received: Buffer[] = []

  constructor(t: Test, sink: keyof typeof SINKS) {
    this.source = pair(t, this.loop, { nearTakes: ROOMY, farSends: ROOMY })
    this.sink = pair(t, this.loop, SINKS[sink])
    const means = { buffer: new Region(BUFFER_BYTES), pipes: this.pipes }
    this.way = new OneWay(means, this.source.near, this.sink.near, this.counters, true, undefined)
    t.teardown(() => this.way.drop())
  }

  send(bytes: number): void {
    const random = randomBytes(bytes)
    this.source.far.send(random)
    this.sent.push(random)
  }

  /** As after an event that says that both sockets are ready. */
  move(): number {
    this.source.near.isReadable = true
    this.sink.near.isWritable = true
    return this.way.move(NOW)
  }

  take(most?: number): void {
    const piece = this.sink.far.take(most)
    if (piece !== undefined) this.received.push(piece)
  }

  get missing(): number {
    const sum = (pieces: readonly Buffer[]) => pieces.reduce((total, { length }) => total + length, 0)
    return sum(this.sent) - sum(this.received)
  }

  /** Moves until everything has arrived, as it was sent. */
  async arrives(t: Test, most?: number): Promise<void> {
    const deadline = Date.now() + WITHIN_MS
    while (this.missing > 0 && Date.now() < deadline) {
      this.move()
      this.take(most)
      await turn()
    }
    t.ok(Buffer.concat(this.received).equals(Buffer.concat(this.sent)), 'byte for byte')
  }
}

t.test('what the sink does not take is kept, and nothing more is read until it has taken it', async (t) => {
  const scene = new Scene(t, 'narrow')
  scene.send(60_000)
  t.equal(scene.move(), MOVED.enough)
  t.ok(scene.way.isBlocked)
  t.notOk(scene.sink.near.isWritable)
  t.equal(scene.counters.bytesIn, 60_000, 'one read')
  scene.send(60_000)
  scene.move()
  t.equal(scene.counters.bytesIn, 60_000, 'and no second one')
  await scene.arrives(t, 5_000)
  t.equal(scene.counters.bytesIn, 120_000)
  t.notOk(scene.way.isBlocked)
})

t.test('bulk turns to splice, small amounts turn back to copying, and bulk to splice again', async (t) => {
  const scene = new Scene(t, 'roomy')
  scene.send(100)
  await scene.arrives(t)
  t.equal(scene.pipes.taken, 0, 'a small read needs no pipe')
  scene.send(1_000_000)
  await scene.arrives(t)
  const { taken } = scene.pipes
  t.ok(taken > 0, `${taken} splices for a megabyte`)
  for (let i = 0; i < 3; i++) {
    scene.send(100)
    await scene.arrives(t)
  }
  const afterSmall = scene.pipes.taken
  for (let i = 0; i < 5; i++) {
    scene.send(100)
    await scene.arrives(t)
  }
  t.equal(scene.pipes.taken, afterSmall, 'small reads are copied again')
  scene.send(1_000_000)
  await scene.arrives(t)
  t.ok(scene.pipes.taken > afterSmall, 'a second megabyte is spliced again')
  t.equal(scene.counters.bytesIn, 2_000_900)
})

t.test('a sink that takes little at a time gets what waits in a pipe bit by bit', async (t) => {
  const scene = new Scene(t, 'slow')
  fillPipe(t, scene)
  await scene.arrives(t, 20_000)
  t.notOk(scene.way.isBlocked)
})

t.test('without any pipe the same bytes are copied', async (t) => {
  const scene = new Scene(t, 'roomy')
  scene.pipes.isEmpty = true
  scene.send(1_000_000)
  await scene.arrives(t)
  t.equal(scene.pipes.taken, 0)
})

t.test('pipes that run out in mid-stream, and come back', async (t) => {
  const scene = new Scene(t, 'roomy')
  for (const isEmpty of [false, true, false]) {
    scene.pipes.isEmpty = isEmpty
    const { taken } = scene.pipes
    scene.send(1_000_000)
    await scene.arrives(t)
    t.equal(scene.pipes.taken > taken, !isEmpty)
  }
})

t.test('the end comes behind the last byte, however slow the sink is', async (t) => {
  const scene = new Scene(t, 'slow')
  scene.send(300_000)
  scene.source.far.close()
  const deadline = Date.now() + WITHIN_MS
  let moved: number = MOVED.more
  while (moved !== MOVED.ended && Date.now() < deadline) {
    moved = scene.move()
    if (moved !== MOVED.ended) scene.take(20_000)
    await turn()
  }
  t.equal(moved, MOVED.ended)
  t.equal(scene.counters.bytesIn, 300_000)
  await scene.arrives(t)
  t.equal(scene.move(), MOVED.enough, 'it ends once')
})

t.test('what follows urgent data in the middle of splice is no end, even where no event has told of it', async (t) => {
  const scene = new Scene(t, 'roomy')
  scene.send(1_000_000)
  await scene.arrives(t)
  t.ok(scene.pipes.taken > 0)
  scene.send(100_000)
  scene.source.far.sendUrgent()
  scene.send(100)
  scene.source.far.close()
  await scene.arrives(t)
  t.equal(scene.move(), MOVED.ended)
})

/** Bytes wait in a pipe for a sink that takes no more. */
function fillPipe(t: Test, scene: Scene): void {
  for (let i = 0; i < 5; i++) scene.send(200_000)
  scene.move()
  t.ok(scene.pipes.taken > 0 && scene.way.isBlocked)
}

t.test('a sink that is reset while a pipe holds bytes for it is told as broken', async (t) => {
  const scene = new Scene(t, 'slow')
  fillPipe(t, scene)
  scene.sink.far.reset()
  t.equal(scene.move(), MOVED.sinkBroken)
  t.ok(scene.way.error > 0)
})

t.test('a source that is reset is told as broken', async (t) => {
  const scene = new Scene(t, 'roomy')
  scene.source.far.reset()
  t.equal(scene.move(), MOVED.sourceBroken)
})

t.test('a pipe that still holds bytes goes with its relay', async (t) => {
  const { pid } = process
  const scene = new Scene(t, 'slow')
  const before = descriptors(pid).pipes
  fillPipe(t, scene)
  t.equal(descriptors(pid).pipes, before + 2)
  scene.way.drop()
  t.equal(descriptors(pid).pipes, before)
})
