/** Connected TCP sockets inside the test, by the native calls that the engine itself makes. */
import assert from 'node:assert/strict'
import type { Test } from 'tap'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { FlowCounters } from '../../../src/dataplane/flow-counters.js'
import type { EventLoop } from '../../../src/dataplane/linux/event-loop.js'
import { TcpStream } from '../../../src/dataplane/linux/tcp-stream.js'
import {
  AF_INET,
  MSG_NOSIGNAL,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../../src/native/constants.js'
import { EAGAIN, errnoName } from '../../../src/native/errno-name.js'
import { accept4, close, connect, errno, NULL, recv, sendBytes, socket } from '../../../src/native/libc.js'
import { openListeningSocket } from '../../../src/native/listening-socket.js'
import { Region } from '../../../src/native/region.js'
import { encodeAddress } from '../../../src/native/sockaddr.js'
import { resetOnClose, setOption } from '../../../src/native/socket-options.js'
import { MSG_OOB } from '../urgent.js'

const LOOPBACK = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port: 0 } as const
const FLAGS = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
const room = new Region(1 << 20)

/** The other end of one of the engine's streams. */
export class FarEnd {
  private isOpen = true

  constructor(readonly fd: number) {}

  /** Sends all of it: the socket must have the room. */
  send(bytes: Uint8Array): void {
    const sent = sendBytes(this.fd, bytes, bytes.length, MSG_NOSIGNAL)
    assert.equal(sent, bytes.length, 'the test sends no more than the sockets hold')
  }
  /** One urgent byte (MSG_OOB). */
  sendUrgent(): void {
    assert.equal(sendBytes(this.fd, Buffer.from('!'), 1, MSG_NOSIGNAL | MSG_OOB), 1)
  }
  /** What is there, up to `most`; undefined at the end. */
  take(most = room.bytes.length): Buffer | undefined {
    const got = recv(this.fd, room.address, most, 0)
    if (got < 0) assert.equal(errno(), EAGAIN)
    return got === 0 ? undefined : Buffer.from(room.bytes.subarray(0, Math.max(got, 0)))
  }
  /** The name of the error that a read gives, if it gives neither bytes nor the end. */
  failure(): string | undefined {
    return recv(this.fd, room.address, room.bytes.length, 0) < 0 ? errnoName(errno()) : undefined
  }
  reset(): void {
    resetOnClose(this.fd)
    this.close()
  }
  close(): void {
    if (this.isOpen) close(this.fd)
    this.isOpen = false
  }
}

export interface Pair {
  readonly near: TcpStream
  readonly far: FarEnd
}

export interface Sizes {
  /** SO_SNDBUF of the near end, in bytes; the kernel doubles it: socket(7). */
  readonly nearSends?: number
  readonly nearTakes?: number
  readonly farSends?: number
  readonly farTakes?: number
}

/** A stream of the engine and its other end, both closed with the test. */
export function pair(t: Test, loop: EventLoop, sizes: Sizes = {}): Pair {
  const listening = openListeningSocket(LOOPBACK, { reusePort: false, backlog: 1 })
  assert(listening.ok)
  // what a connection may receive is settled when it is made: accepted sockets inherit it, tcp(7)
  size(listening.descriptor, sizes.nearSends, sizes.nearTakes)
  const far = socket(AF_INET, FLAGS, 0)
  size(far, sizes.farSends, sizes.farTakes)
  const { region, length } = encodeAddress(listening.address)
  connect(far, region.address, length) // EINPROGRESS, and done at once on loopback
  const fd = accept4(listening.descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)
  assert(fd >= 0)
  close(listening.descriptor)
  const end = new FarEnd(far)
  const near = new TcpStream(loop, fd, { family: 4, host: '127.0.0.1', port: 0 })
  t.teardown(() => {
    end.close()
    near.close()
  })
  return { near, far: end }
}

function size(fd: number, sends: number | undefined, takes: number | undefined): void {
  if (sends !== undefined) setOption(fd, SOL_SOCKET, SO_SNDBUF, sends)
  if (takes !== undefined) setOption(fd, SOL_SOCKET, SO_RCVBUF, takes)
}

const CAPACITY = { servers: 1, backends: 1, frontends: 1, workers: 1 }

export function counters(): FlowCounters {
  const memory = new SharedArrayBuffer(Scoreboard.bytesFor(CAPACITY))
  return new FlowCounters(new WorkerColumn(Scoreboard.create(memory, CAPACITY), 0), 0, 0, 0)
}
