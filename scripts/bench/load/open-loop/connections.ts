/** The lasting connections of the load: requests out, bytes of answers in. Nothing is allocated for either. */
import {
  EPOLLIN,
  IPPROTO_TCP,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  TCP_NODELAY,
} from '../../../../src/native/constants.js'
import { EAGAIN, errnoName } from '../../../../src/native/errno-name.js'
import { connect, errno, recv, send, socket } from '../../../../src/native/libc.js'
import { Region } from '../../../../src/native/region.js'
import { type EncodedAddress, encodeAddress } from '../../../../src/native/sockaddr.js'
import { setNonBlocking, setOption } from '../../../../src/native/socket-options.js'
import { PreciseEpoll } from './precise-epoll.js'

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: bench\r\n\r\n')
const END_OF_ANSWER = 'hello'
const READ_SPACE = 64 * 1024
const PATIENCE_MS = 1000

export class Connections {
  private readonly epoll = new PreciseEpoll()
  private readonly descriptors: Int32Array
  private readonly request = new Region(REQUEST.length)
  private readonly answer = new Region(READ_SPACE)

  constructor(port: number, count: number) {
    this.request.bytes.set(REQUEST)
    const address = encodeAddress({ family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port })
    this.descriptors = Int32Array.from({ length: count }, (_, i) => this.open(address, i))
  }

  private open({ domain, region, length }: EncodedAddress, stamp: number): number {
    const fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0)
    if (fd < 0 || connect(fd, region.address, length) < 0) throw new Error(`connecting failed: ${errnoName(errno())}`)
    setNonBlocking(fd)
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1)
    this.epoll.add(fd, EPOLLIN, stamp)
    return fd
  }

  /** How many connections have bytes to read, at once or after a while: `ready` tells which. */
  wait(microseconds: number): number {
    return this.epoll.waitMicroseconds(microseconds)
  }

  /** The connection of event `event` of the last wait. */
  ready(event: number): number {
    return this.epoll.stampOf(event)
  }

  ask(connection: number): void {
    const fd = this.descriptors[connection] ?? -1
    // buffers hold thousands of requests: one that does not fit has been waiting far beyond any grace
    const sent = send(fd, this.request.address, REQUEST.length, MSG_NOSIGNAL)
    if (sent !== REQUEST.length) throw new Error(`sending a request failed: ${sent < 0 ? errnoName(errno()) : 'full'}`)
  }

  /** @returns how many bytes of answers have come on it since the last read */
  read(connection: number): number {
    const count = recv(this.descriptors[connection] ?? -1, this.answer.address, READ_SPACE, 0)
    if (count > 0) return count
    if (count === 0) throw new Error('a connection was ended under the load')
    if (errno() === EAGAIN) return 0
    throw new Error(`reading an answer failed: ${errnoName(errno())}`)
  }

  /** Sends one request to learn how many bytes the answer has: all have the same. */
  answerLength(): number {
    const deadline = performance.now() + PATIENCE_MS
    let text = ''
    this.ask(0)
    while (!text.endsWith(END_OF_ANSWER)) {
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`the first request had no answer within ${PATIENCE_MS} ms`)
      if (this.wait(left * 1000) === 0) continue
      text += Buffer.from(this.answer.bytes.subarray(0, this.read(0))).toString('latin1')
    }
    return text.length
  }
}
