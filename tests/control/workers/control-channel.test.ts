/** Messages to a worker arrive in order and whole, however many descriptors go with them and however far behind it is. */
import { EventEmitter, once } from 'node:events'
import { fstatSync } from 'node:fs'
import t, { type Test } from 'tap'
import { openControlChannel } from '../../../src/control/workers/control-channel.js'
import { encodeFrame, FrameReader } from '../../../src/core/frames.js'
import type { Answer, FromWorker, ToWorker } from '../../../src/core/messages.js'
import { MSG_NOSIGNAL } from '../../../src/native/constants.js'
import { createSocketPair, DescriptorReceiver } from '../../../src/native/descriptor-passing.js'
import { EAGAIN } from '../../../src/native/errno-name.js'
import { close, sendBytes } from '../../../src/native/libc.js'
import { Region } from '../../../src/native/region.js'
import { skipEngine } from '../../support/engines.js'
import { eventually } from '../../support/eventually.js'
import { frontendShape } from '../../support/frontend-shape.js'

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

  answer(number: number, answer: Answer): void {
    const frame = encodeFrame({ type: 'answer', number, answer } satisfies FromWorker)
    sendBytes(this.fd, frame, frame.length, MSG_NOSIGNAL)
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
  const answered = new EventEmitter<{ answer: [] }>()
  const channel = openControlChannel(ours, () => answered.emit('answer'))
  t.teardown(() => {
    channel.close()
    for (const fd of [theirs, ...worker.descriptors]) close(fd)
  })
  /** Whole frames, numbered 0, until the worker has no room for another. */
  const fill = () => {
    const frame = encodeFrame({ type: 'request', number: 0, request: { do: 'stop-accepting' } } satisfies ToWorker)
    while (sendBytes(ours, frame, frame.length, MSG_NOSIGNAL) === frame.length);
  }
  /** The worker has taken the message of this number, or refused it, and control knows. */
  const answer = async (number: number, answer: Answer) => {
    const known = once(answered, 'answer')
    worker.answer(number, answer)
    await known
  }
  return { worker, channel, fill, answer }
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

function configure(number: number, descriptors: readonly number[]): ToWorker {
  const address = { family: 4, host: '127.0.0.1', port: 0 } as const
  const listeners = descriptors.map((descriptor, share) => ({ protocol: 'tcp' as const, address, share, descriptor }))
  const shape = { frontends: [frontendShape({ listeners })], backends: [], records: false }
  return { type: 'request', number, request: { do: 'configure', shape } }
}

const TAKEN: Answer = { ok: true }
const REFUSED: Answer = { ok: false, code: 'EMFILE', listener: 'tcp://127.0.0.1:0 of frontend f' }

/** What comes with the message of this number, by inode. */
async function arriving(worker: Worker, number: number): Promise<readonly number[]> {
  const before = worker.descriptors.length
  await worker.readUntil(number)
  return worker.descriptors.slice(before).map(inode)
}

t.test('a worker that took a shape is not given its sockets again', { skip }, async (t) => {
  const { worker, channel, answer } = open(t)
  const [a = -1, b = -1] = sockets(t, 2)
  channel.send(configure(1, [a]))
  t.same(await arriving(worker, 1), [inode(a)])
  await answer(1, TAKEN)
  channel.send(configure(2, [a, b]))
  t.same(await arriving(worker, 2), [inode(b)])
  await answer(2, TAKEN)
  channel.send(configure(3, [b]))
  t.same(await arriving(worker, 3), [])
  await answer(3, TAKEN)
  channel.send(configure(4, [a, b]))
  t.same(await arriving(worker, 4), [inode(a)], 'which it had closed')
})

t.test('a worker that refused a shape still has the sockets of the former one, and no others', { skip }, async (t) => {
  const { worker, channel, answer } = open(t)
  const [a = -1, b = -1] = sockets(t, 2)
  channel.send(configure(1, [a]))
  await arriving(worker, 1)
  await answer(1, TAKEN)
  channel.send(configure(2, [b]))
  await arriving(worker, 2)
  await answer(2, REFUSED)
  channel.send(configure(3, [a]))
  t.same(await arriving(worker, 3), [])
  await answer(3, TAKEN)
  channel.send(configure(4, [b]))
  t.same(await arriving(worker, 4), [inode(b)])
})

t.test('while a shape is not answered, whatever it may have cost the worker goes again', { skip }, async (t) => {
  const { worker, channel, answer } = open(t)
  const [a = -1, b = -1, c = -1, d = -1] = sockets(t, 4)
  channel.send(configure(1, [a, b]))
  await arriving(worker, 1)
  await answer(1, TAKEN)
  channel.send(configure(2, [b, c]))
  await arriving(worker, 2)
  channel.send(configure(3, [a, b, c, d]))
  t.same(await arriving(worker, 3), [a, c, d].map(inode))
})
