/**
 * An epoll(7) set whose wait is told in microseconds. libc.ts binds what headgate needs; epoll_pwait2(2) is younger
 * (Linux 5.11, glibc 2.35) than what headgate runs on, and so bound here, for the benchmark alone.
 */
import koffi from 'koffi'
import { Epoll, MAX_EVENTS } from '../../../../src/native/epoll.js'
import { NULL, type Pointer } from '../../../../src/native/libc.js'
import { Region } from '../../../../src/native/region.js'

type Wait = (epoll: number, events: Pointer, maxEvents: number, timeout: Pointer, mask: Pointer) => number

const epollPwait2: Wait = koffi
  .load(null)
  .func('int epoll_pwait2(int epfd, void *events, int maxevents, void *timeout, void *sigmask)')

/** struct timespec: seconds, which stay 0, then nanoseconds. */
const TIMESPEC = { size: 16, nanoseconds: 8 } as const
const SHORTEST_US = 1
const LONGEST_US = 999_999

export class PreciseEpoll extends Epoll {
  private readonly timeout = new Region(TIMESPEC.size)

  /**
   * Like `wait`; less than a second. The kernel may add its timer slack (50 µs), during which further requests come due:
   * without it, every request would cost a turn of its own, and the load half as much again.
   */
  waitMicroseconds(time: number): number {
    const microseconds = Math.min(LONGEST_US, Math.max(SHORTEST_US, Math.floor(time)))
    this.timeout.setI32(TIMESPEC.nanoseconds, microseconds * 1000)
    const count = epollPwait2(this.descriptor, this.events.address, MAX_EVENTS, this.timeout.address, NULL)
    return Math.max(count, 0)
  }
}
