/** Messages to a worker arrive in order and whole, however many descriptors go with them and however far behind it is. */
import { fstatSync } from 'node:fs'
import t, { type Test } from 'tap'
import { openControlChannel } from '../../../src/control/workers/control-channel.js'
import { encodeFrame, FrameReader } from '../../../src/core/frames.js'
import type { ToWorker } from '../../../src/core/messages.js'
import { MSG_NOSIGNAL } from '../../../src/native/constants.js'
import { createSocketPair, DescriptorReceiver } from '../../../src/native/descriptor-passing.js'
import { EAGAIN } from '../../../src/native/errno-name.js'
import { close, sendBytes } from '../../../src/native/libc.js'
import { Region } from '../../../src/native/region.js'
import { skipEngine } from '../../support/engines.js'
import { eventually } from '../../support/eventually.js'

const skip = skipEngine('linux')

/** A worker that reads when it is asked to. */
class Worker {
  readonly messages: ToWorker[] = []
  readonly descriptors: number[] = []
  private readonly room = new Region(65_536)
  private readonly receiver = new DescriptorReceiver(this.room)
  private readonly frames = new FrameReader()

  constructor(private readonly fd: number) {}

  get numbers(): readonly number[] {
    return this.messages.map(({ number }) => number)
  }

  read(): void {
    for (let got = 1; got > 0; ) {
      got = this.receiver.receive(this.fd, this.descriptors)
      const piece = this.room.bytes.subarray(0, Math.max(got, 0))
      // control writes nothing else
      for (const { message } of this.frames.push(piece)) this.messages.push(message as ToWorker)
      if (got < 0 && got !== -EAGAIN) throw new Error(`errno ${-got}`)
    }
  }

  async readUntil(last: number): Promise<void> {
    await eventually(`message ${last} arrives`, () => {
      this.read()
      return this.numbers.includes(last)
    })
  }
}

function open(t: Test) {
  const [ours, theirs] = createSocketPair()
  const worker = new Worker(theirs)
  const channel = openControlChannel(ours, () => {})
  t.teardown(() => {
    channel.close()
    for (const fd of [theirs, ...worker.descriptors]) close(fd)
  })
  /** Whole frames, numbered 0, until the worker has no room for another. */
  const fill = () => {
    const frame = encodeFrame({ type: 'request', number: 0, request: { do: 'stop-accepting' } } satisfies ToWorker)
    while (sendBytes(ours, frame, frame.length, MSG_NOSIGNAL) === frame.length);
  }
  return { worker, channel, fill }
}

function sockets(t: Test, count: number): readonly number[] {
  const all = Array.from({ length: count / 2 }, createSocketPair).flat()
  t.teardown(() => all.forEach(close))
  return all
}

const inode = (fd: number) => fstatSync(fd).ino

function withSockets(number: number, descriptors: readonly number[]): ToWorker {
  const links = descriptors.map((descriptor, share) => ({ share, descriptor }))
  return { type: 'request', number, request: { do: 'take-flows', links } }
}

const plain = (number: number): ToWorker => ({ type: 'request', number, request: { do: 'stop-accepting' } })

for (const count of [2, 252, 254, 506, 600]) {
  t.test(`${count} descriptors go with one message`, { skip }, async (t) => {
    const { worker, channel } = open(t)
    const sent = sockets(t, count)
    channel.send(withSockets(1, sent))
    channel.send(plain(2))
    await worker.readUntil(2)
    t.same(worker.numbers, [1, 2])
    t.same(worker.descriptors.map(inode), sent.map(inode))
  })
}

t.test('descriptors wait for a worker that has taken nothing for a while', { skip }, async (t) => {
  const { worker, channel, fill } = open(t)
  fill()
  const sent = sockets(t, 300)
  channel.send(withSockets(1, sent))
  channel.send(plain(2))
  await worker.readUntil(2)
  t.same(
    worker.numbers.filter((number) => number > 0),
    [1, 2],
  )
  t.same(worker.descriptors.map(inode), sent.map(inode))
})

t.test('they overtake nothing that waits before them, and nothing overtakes them', { skip }, async (t) => {
  const { worker, channel, fill } = open(t)
  fill()
  const sent = sockets(t, 4)
  channel.send(plain(1))
  channel.send(withSockets(2, sent.slice(0, 2)))
  channel.send(plain(3))
  channel.send(withSockets(4, sent.slice(2)))
  channel.send(plain(5))
  await worker.readUntil(5)
  t.same(
    worker.numbers.filter((number) => number > 0),
    [1, 2, 3, 4, 5],
  )
  t.same(worker.descriptors.map(inode), sent.map(inode))
})
