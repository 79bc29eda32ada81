/** A muted stream: its bytes wake nobody, its end does, and what it was not told of is not forgotten. */
import t, { type Test } from 'tap'
import { EventLoop } from '../../../src/dataplane/linux/event-loop.js'
import { MOVED, OneWay } from '../../../src/dataplane/linux/one-way.js'
import { Pipes } from '../../../src/dataplane/linux/pipes.js'
import { STREAM_EVENTS, type TcpStream } from '../../../src/dataplane/linux/tcp-stream.js'
import { Region } from '../../../src/native/region.js'
import { counters, type Pair, pair } from './sockets.js'

const BYTES = Buffer.from('bytes')

/** Carries out the steps, each after all events that the one before has led to: they come in order. */
function play(t: Test, loop: EventLoop, ...steps: readonly (() => void)[]): void {
  const waiting = [...steps]
  const marker = watched(t, loop, (stream) => {
    if (!stream.isReadable) return
    stream.isReadable = false
    const step = waiting.shift()
    if (!step) return loop.stop()
    step()
    marker.far.send(BYTES)
  })
  marker.far.send(BYTES)
  loop.run()
}

function watched(t: Test, loop: EventLoop, onReady: (stream: TcpStream) => void): Pair {
  const made = pair(t, loop)
  made.near.owner = { onReady }
  loop.watch(made.near, STREAM_EVENTS)
  return made
}

t.test('bytes of a muted stream are told when it is muted no longer', async (t) => {
  const loop = new EventLoop()
  let events = 0
  const { near, far } = watched(t, loop, () => {
    events++
  })
  play(
    t,
    loop,
    () => near.mute(),
    () => {
      events = 0
      far.send(BYTES)
    },
    () => far.send(BYTES),
    () => {
      t.equal(events, 0)
      t.notOk(near.isReadable)
      near.unmute()
    },
  )
  t.equal(events, 1)
  t.ok(near.isReadable)
})

t.test('urgent data that came while it was muted, and the end behind it', async (t) => {
  const loop = new EventLoop()
  const { near, far } = watched(t, loop, () => {})
  const sink = watched(t, loop, () => {})
  const way = new OneWay(
    { buffer: new Region(4096), pipes: new Pipes(8) },
    near,
    sink.near,
    counters(),
    true,
    undefined,
  )
  play(
    t,
    loop,
    () => near.mute(),
    () => {
      far.send(BYTES)
      far.sendUrgent()
      far.send(BYTES)
      far.close()
    },
  )
  t.ok(near.isHangingUp)
  t.equal(way.move(0), MOVED.ended)
  t.equal(String(sink.far.take()), 'bytesbytes')
})
