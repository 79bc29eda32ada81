/** Descriptors on their way to another process, over a unix stream socket: unix(7), SCM_RIGHTS; cmsg(3). */
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_NOSIGNAL,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.js'
import { errnoName } from './errno-name.js'
import { CMSGHDR, cmsgLength, cmsgSpace, IOVEC, MMSGHDR } from './layout.js'
import { errno, recvmsg, sendmsg, socketpair } from './libc.js'
import { Region } from './region.js'

/** Two ends of a non-blocking unix stream socket. Throws when the system has no descriptors left. */
export function createSocketPair(): readonly [number, number] {
  const pair = new Region(8)
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.address) < 0) {
    throw new Error(`socketpair failed with ${errnoName(errno())}`)
  }
  return [pair.i32(0), pair.i32(4)]
}

/** One struct msghdr with one buffer and room for a full load of descriptors. */
class Envelope {
  readonly header = new Region(MMSGHDR.size)
  readonly control = new Region(cmsgSpace(4 * SCM_MAX_FD))
  private readonly vector = new Region(IOVEC.size)

  constructor(readonly payload: Region) {
    this.vector.setPointer(IOVEC.base, payload.address)
    this.header.setPointer(MMSGHDR.iov, this.vector.address)
    this.header.setSize(MMSGHDR.iovLength, 1)
    this.header.setPointer(MMSGHDR.control, this.control.address)
  }

  prepare(length: number, controlLength: number): void {
    this.vector.setSize(IOVEC.length, length)
    this.header.setSize(MMSGHDR.controlLength, controlLength)
  }
}

const SEND_ROOM = 65_536
let outgoing: Envelope | undefined

/**
 * Sends `bytes` with up to 253 descriptors attached to the first of them. Returns how many bytes were taken (the
 * descriptors went with the first), or the negative error number. The sender keeps its own copies open.
 */
export function sendWithDescriptors(socket: number, bytes: Uint8Array, descriptors: readonly number[]): number {
  if (descriptors.length > SCM_MAX_FD) throw new RangeError(`${descriptors.length} descriptors: at most ${SCM_MAX_FD}`)
  outgoing ??= new Envelope(new Region(SEND_ROOM))
  const { control, header, payload } = outgoing
  const length = Math.min(bytes.length, SEND_ROOM)
  payload.bytes.set(bytes.subarray(0, length))
  control.setSize(CMSGHDR.length, cmsgLength(4 * descriptors.length))
  control.setI32(CMSGHDR.level, SOL_SOCKET)
  control.setI32(CMSGHDR.type, SCM_RIGHTS)
  for (const [i, fd] of descriptors.entries()) control.setI32(CMSGHDR.size + 4 * i, fd)
  outgoing.prepare(length, descriptors.length === 0 ? 0 : cmsgSpace(4 * descriptors.length))
  const sent = sendmsg(socket, header.address, MSG_NOSIGNAL)
  return sent < 0 ? -errno() : sent
}

/** Reads bytes and whatever descriptors come with them. */
export class DescriptorReceiver {
  private readonly envelope: Envelope

  constructor(private readonly room: Region) {
    this.envelope = new Envelope(room)
  }

  /** Number of bytes now in the region (0 at the end), or the negative error number; descriptors go onto `taken`. */
  receive(socket: number, taken: number[]): number {
    const { header, control } = this.envelope
    this.envelope.prepare(this.room.bytes.length, control.bytes.length)
    const got = recvmsg(socket, header.address, MSG_CMSG_CLOEXEC)
    if (got < 0) return -errno()
    const controlLength = header.i32(MMSGHDR.controlLength)
    if (controlLength >= CMSGHDR.size && control.i32(CMSGHDR.type) === SCM_RIGHTS) {
      const end = control.i32(CMSGHDR.length)
      for (let at: number = CMSGHDR.size; at < end; at += 4) taken.push(control.i32(at))
    }
    return got
  }
}
