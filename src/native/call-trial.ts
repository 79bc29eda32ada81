/** Makes each call of the linux engine once, since a seccomp filter may refuse any of them: seccomp(2). */
import {
  AF_INET,
  AF_UNIX,
  EPOLL_CLOEXEC,
  MFD_CLOEXEC,
  MSG_NOSIGNAL,
  O_CLOEXEC,
  O_NONBLOCK,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SPLICE_F_NONBLOCK,
} from './constants.js'
import { EAGAIN, errnoName } from './errno-name.js'
import {
  close,
  epollCreate,
  errno,
  memfdCreate,
  NULL,
  pipe2,
  recvmmsg,
  sendmmsg,
  socket,
  socketpair,
  splice,
} from './libc.js'
import { Region } from './region.js'

/** Undefined when all work; else which call failed and how. */
export function tryCalls(): string | undefined {
  const open: number[] = []
  try {
    return tryAll(open)
  } finally {
    for (const fd of open) close(fd)
  }
}

function tryAll(open: number[]): string | undefined {
  const descriptors: readonly (readonly [string, () => number])[] = [
    ['epoll_create1', () => epollCreate(EPOLL_CLOEXEC)],
    ['memfd_create', () => memfdCreate('trial', MFD_CLOEXEC)],
    ['socket', () => socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)],
  ]
  for (const [call, attempt] of descriptors) {
    const fd = attempt()
    if (fd < 0) return failure(call)
    open.push(fd)
  }
  const pair = new Region(8)
  if (pipe2(pair.address, O_NONBLOCK | O_CLOEXEC) < 0) return failure('pipe2')
  const writeEnd = pair.i32(4)
  open.push(pair.i32(0), writeEnd)
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.address) < 0) return failure('socketpair')
  const stream = pair.i32(0)
  open.push(stream, pair.i32(4))
  // nothing is there to be moved: EAGAIN, and 0 messages, show that the calls are allowed
  if (splice(stream, NULL, writeEnd, NULL, 1, SPLICE_F_NONBLOCK) < 0 && errno() !== EAGAIN) return failure('splice')
  if (recvmmsg(stream, NULL, 0, 0, NULL) < 0 && errno() !== EAGAIN) return failure('recvmmsg')
  if (sendmmsg(stream, NULL, 0, MSG_NOSIGNAL) < 0 && errno() !== EAGAIN) return failure('sendmmsg')
  return undefined
}

function failure(call: string): string {
  return `the kernel refuses ${call} with ${errnoName(errno())} (a seccomp filter, or too few descriptors)`
}
