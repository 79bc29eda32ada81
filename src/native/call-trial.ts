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
  epollCreate,
  epollWait,
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

/** Undefined when all work; else which call failed and how. For a process that ends with it: closes nothing. */
export function tryCalls(): string | undefined {
  const epoll = epollCreate(EPOLL_CLOEXEC)
  if (epoll < 0) return failure('epoll_create1')
  // Node makes do with epoll_pwait
  if (epollWait(epoll, new Region(64).address, 1, 0) < 0) return failure('epoll_wait')
  if (memfdCreate('trial', MFD_CLOEXEC) < 0) return failure('memfd_create')
  if (socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) < 0) return failure('socket')
  const pipe = new Region(8)
  if (pipe2(pipe.address, O_NONBLOCK | O_CLOEXEC) < 0) return failure('pipe2')
  const streams = new Region(8)
  const isPair = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, streams.address) === 0
  return isPair ? tryToMove(streams.i32(0), pipe.i32(4)) : failure('socketpair')
}

/** Nothing is there to be moved: EAGAIN, and 0 messages, show that the calls are allowed. */
function tryToMove(stream: number, pipe: number): string | undefined {
  if (splice(stream, NULL, pipe, NULL, 1, SPLICE_F_NONBLOCK) < 0 && errno() !== EAGAIN) return failure('splice')
  if (recvmmsg(stream, NULL, 0, 0, NULL) < 0 && errno() !== EAGAIN) return failure('recvmmsg')
  if (sendmmsg(stream, NULL, 0, MSG_NOSIGNAL) < 0 && errno() !== EAGAIN) return failure('sendmmsg')
  return undefined
}

function failure(call: string): string {
  return `the kernel refuses ${call} with ${errnoName(errno())} (a seccomp filter, or too few descriptors)`
}
