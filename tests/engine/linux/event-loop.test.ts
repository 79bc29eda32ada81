/** The loop's hardest cases: events of a descriptor that was closed a moment ago, shared descriptors, signals. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { EventLoop, Watched } from '../../../src/dataplane/linux/event-loop.js'
import { Timer } from '../../../src/dataplane/linux/timer-heap.js'
import { EPOLLIN, MSG_NOSIGNAL } from '../../../src/native/constants.js'
import { createSocketPair } from '../../../src/native/descriptor-passing.js'
import { Epoll } from '../../../src/native/epoll.js'
import { close, fcntl, sendBytes } from '../../../src/native/libc.js'

const F_DUPFD = 0
const byte = Uint8Array.of(1)
const write = (fd: number) => sendBytes(fd, byte, 1, MSG_NOSIGNAL)

// for good: a signal that comes late on a busy machine would end the process
process.on('SIGUSR2', () => {})

class Probe extends Watched {
  events = 0

  constructor(
    fd: number,
    private readonly onEvent: () => void = () => {},
  ) {
    super(fd)
  }
  onEvents(): void {
    this.events++
    this.onEvent()
  }
}

/** Lets a loop turn for a while. */
function runFor(loop: EventLoop, ms: number): void {
  loop.startTimer(new Timer(() => loop.stop()), ms)
  loop.run()
}

t.test('an event of a closed descriptor does not reach the next one of its number', async (t) => {
  const loop = new EventLoop()
  const [one, oneFar] = createSocketPair()
  const [other, otherFar] = createSocketPair()
  const far: number[] = []
  let successor: Probe | undefined
  /** Both are readable in the same turn: whoever comes first closes the other, whose event is still to come. */
  const replace = (victim: Probe) => {
    if (successor) return
    const { fd } = victim
    loop.close(victim)
    const [near, its] = createSocketPair()
    far.push(its)
    successor = new Probe(near)
    t.equal(near, fd, 'the number is used again')
    loop.watch(successor, EPOLLIN)
  }
  const first: Probe = new Probe(one, () => replace(second))
  const second: Probe = new Probe(other, () => replace(first))
  loop.watch(first, EPOLLIN)
  loop.watch(second, EPOLLIN)
  write(oneFar)
  write(otherFar)
  runFor(loop, 30)
  t.equal(first.events === 0 || second.events === 0, true, 'the closed one heard nothing any more')
  t.equal(successor?.events, 0, 'nor did its successor hear of it')
  for (const fd of [first.fd, second.fd, successor?.fd ?? -1, oneFar, otherFar, ...far]) if (fd >= 0) close(fd)
})

t.test('a successor of the same number hears its own events', async (t) => {
  const loop = new EventLoop()
  const [near, far] = createSocketPair()
  const former = new Probe(near)
  loop.watch(former, EPOLLIN)
  const stamp = former.stamp
  loop.close(former)
  close(far)
  const [again, farAgain] = createSocketPair()
  const successor = new Probe(again, () => loop.stop())
  t.equal(again, near)
  loop.watch(successor, EPOLLIN)
  t.not(successor.stamp, stamp)
  t.equal(loop.holder(again, stamp), undefined)
  t.equal(loop.holder(again, successor.stamp), successor)
  write(farAgain)
  runFor(loop, 1_000)
  t.equal(successor.events, 1)
  t.equal(former.events, 0)
  for (const fd of [again, farAgain]) close(fd)
})

t.test('a descriptor that another process holds, too, leaves no event behind', async (t) => {
  const loop = new EventLoop()
  const [near, far] = createSocketPair()
  const copy = fcntl(near, F_DUPFD, 0) // as the one that control keeps
  const probe = new Probe(near)
  loop.watch(probe, EPOLLIN)
  loop.closeShared(probe)
  write(far)
  const before = process.cpuUsage()
  runFor(loop, 200)
  const { user, system } = process.cpuUsage(before)
  t.equal(probe.events, 0)
  t.ok(user + system < 100_000, `${(user + system) / 1_000} ms of CPU in 200 ms: it does not spin`)
  for (const fd of [copy, far]) close(fd)
})

t.test('a signal cuts a wait short, and that is no error', async (t) => {
  const epoll = new Epoll()
  const child = execFile('sh', ['-c', `sleep 0.3; kill -USR2 ${process.pid}`])
  const began = performance.now()
  t.equal(epoll.wait(10_000), 0)
  const waited = performance.now() - began
  t.ok(waited < 9_000, `it came back after ${waited.toFixed(0)} ms`)
  await once(child, 'exit')
})

t.test('after a signal a loop waits on for its timers', async (t) => {
  const loop = new EventLoop()
  const child = execFile('sh', ['-c', `for i in 1 2 3; do sleep 0.05; kill -USR2 ${process.pid}; done`])
  const began = performance.now()
  runFor(loop, 500)
  const ran = performance.now() - began
  t.ok(ran > 400 && ran < 2_000, `${ran.toFixed(0)} ms`)
  await once(child, 'exit')
})
