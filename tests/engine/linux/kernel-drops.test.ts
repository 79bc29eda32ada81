/** Datagrams that the kernel drops count once, however many readers a socket has one after the other. */
import assert from 'node:assert/strict'
import t, { type Test } from 'tap'
import type { Datagrams } from '../../../src/dataplane/engine.js'
import { createLinuxEngine } from '../../../src/dataplane/linux/engine.js'
import { AF_INET, SO_RCVBUF, SO_RXQ_OVFL, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET } from '../../../src/native/constants.js'
import { close, connect, fcntl, recv, send, socket } from '../../../src/native/libc.js'
import { openDatagramSocket } from '../../../src/native/listening-socket.js'
import { Region } from '../../../src/native/region.js'
import { encodeAddress } from '../../../src/native/sockaddr.js'
import { kernelDrops, setOption } from '../../../src/native/socket-options.js'
import { skipEngine } from '../../support/engines.js'

const F_DUPFD = 0
const LOOPBACK = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port: 0 } as const
const BYTES = 1_000
const SEND_AFTER_MS = 10

/** A UDP socket as control keeps it, and a client. */
class Port {
  private readonly bytes = new Region(BYTES)
  private readonly descriptor: number
  private readonly client: number
  private readers = 0

  constructor(t: Test) {
    const opened = openDatagramSocket(LOOPBACK, { reusePort: false })
    assert(opened.ok)
    this.descriptor = opened.descriptor
    // as a reader has left it
    setOption(this.descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1)
    this.client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    const { region, length } = encodeAddress(opened.address)
    connect(this.client, region.address, length)
    t.teardown(() => [this.descriptor, this.client].forEach(close))
  }

  /** By the kernel's own count. */
  get drops(): number {
    return kernelDrops(this.descriptor)
  }

  /** Sends until more are dropped. */
  overflow(): void {
    setOption(this.descriptor, SOL_SOCKET, SO_RCVBUF, 4_096)
    const before = this.drops
    while (this.drops < before + 10) send(this.client, this.bytes.address, BYTES, 0)
  }

  take(): void {
    assert.equal(recv(this.descriptor, this.bytes.address, BYTES, 0), BYTES)
  }

  send(length: number): void {
    send(this.client, this.bytes.address, length, 0)
  }

  /** What a new reader of the socket counts, until a datagram comes that was sent after everything else. */
  read(meanwhile = () => {}): number {
    const engine = createLinuxEngine()
    const last = ++this.readers
    let drops = 0
    const at = {
      address: { family: 4, host: '127.0.0.1', port: 0 },
      descriptor: fcntl(this.descriptor, F_DUPFD, 0),
    } as const
    const handlers = {
      onDatagrams: (batch: Datagrams) => {
        for (let i = 0; i < batch.count; i++) if (batch.length(i) === last) engine.stop()
      },
      onKernelDrops: (more: number) => {
        drops += more
      },
      onRepliesLost: () => {},
    }
    engine.bindDatagram(at, handlers, ({ ok }) => assert(ok))
    meanwhile()
    // not at once: what waits there comes in a batch of its own
    const sendLast = () => {
      this.send(last)
      engine.after(SEND_AFTER_MS, sendLast)
    }
    engine.after(SEND_AFTER_MS, sendLast)
    engine.run()
    return drops
  }
}

const skip = skipEngine('linux')

t.test('drops while it reads are counted, each once', { skip }, async (t) => {
  const port = new Port(t)
  const counted = port.read(() => port.overflow())
  t.ok(counted >= 10)
  t.equal(counted, port.drops)
})

t.test('drops before a reader came are not counted by it', { skip }, async (t) => {
  const port = new Port(t)
  const first = port.read(() => port.overflow())
  t.equal(port.read(), 0)
  const third = port.read(() => port.overflow())
  t.equal(first + third, port.drops)
})

t.test('datagrams that came between those drops do not confuse it', { skip }, async (t) => {
  const port = new Port(t)
  port.overflow()
  port.take()
  port.take()
  // this one tells of the drops before it
  port.send(BYTES)
  port.overflow()
  t.equal(port.read(), 0)
})
