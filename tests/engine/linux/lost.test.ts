/** A reset that a look of ours finds before its event: the kernel tells it once, and an end from then on. */
import t, { type Test } from 'tap'
import type { RelayEnd } from '../../../src/dataplane/engine.js'
import { EventLoop } from '../../../src/dataplane/linux/event-loop.js'
import { Pipes } from '../../../src/dataplane/linux/pipes.js'
import { StreamRelay } from '../../../src/dataplane/linux/relay.js'
import { STREAM_EVENTS } from '../../../src/dataplane/linux/tcp-stream.js'
import { Timer } from '../../../src/dataplane/linux/timer-heap.js'
import { Region } from '../../../src/native/region.js'
import { counters, type Pair, pair } from './sockets.js'

const WITHIN_MS = 3_000
const SIDES = ['client', 'server'] as const

class Scene {
  readonly loop = new EventLoop()
  readonly client: Pair
  readonly server: Pair
  end: RelayEnd | undefined

  constructor(t: Test) {
    this.client = pair(t, this.loop)
    this.server = pair(t, this.loop)
    for (const { near } of [this.client, this.server]) this.loop.watch(near, STREAM_EVENTS)
  }

  relay(): StreamRelay {
    const { loop, client, server } = this
    const means = { buffer: new Region(4096), pipes: new Pipes(8) }
    const onEnd = (end: RelayEnd) => {
      this.end = end
      loop.stop()
    }
    return new StreamRelay(loop, means, client.near, server.near, counters(), onEnd, undefined)
  }

  /** Turns until the relay has ended. */
  run(): void {
    this.loop.startTimer(new Timer(() => this.loop.stop()), WITHIN_MS)
    this.loop.run()
  }
}

for (const side of SIDES) {
  const other = side === 'client' ? 'server' : 'client'
  for (const isOtherBusy of [false, true]) {
    t.test(`the ${side} is reset as its ${isOtherBusy ? 'busy' : 'quiet'} relay is to be closed`, async (t) => {
      const scene = new Scene(t)
      const relay = scene.relay()
      const atOnce = () => {
        scene[side].far.reset()
        if (isOtherBusy) scene[other].far.send(Buffer.from('x'))
        t.notOk(relay.closeIfQuiet())
      }
      // at the end of the first turn, in which both have told that they are writable
      scene.loop.later({ run: atOnce })
      scene.run()
      t.match(scene.end, { how: 'reset', by: side })
      t.equal(scene[other].far.failure(), 'ECONNRESET')
    })
  }
}

t.test('the client is reset as its first bytes are looked for, and its server stands at once', async (t) => {
  const scene = new Scene(t)
  scene.client.far.reset()
  t.notOk(scene.client.near.readAhead())
  scene.relay()
  scene.run()
  t.same(scene.end, { how: 'reset', by: 'client', code: 'ECONNRESET' })
  t.equal(scene.server.far.failure(), 'ECONNRESET')
})
