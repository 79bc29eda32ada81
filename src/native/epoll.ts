/** One epoll(7) set and the events of its last wait. */
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from './constants.js'
import { errnoName } from './errno-name.js'
import { epollEventLayout } from './layout.js'
import { epollCreate, epollCtl, epollWait, errno } from './libc.js'
import { Region } from './region.js'

export const MAX_EVENTS = 512
const layout = epollEventLayout(process.arch)
const STRIDE = layout.size / 4
const LOW = layout.low / 4
const HIGH = layout.high / 4

export class Epoll {
  protected readonly descriptor: number
  private readonly change = new Region(layout.size)
  protected readonly events = new Region(layout.size * MAX_EVENTS)
  private readonly words = this.events.words

  constructor() {
    this.descriptor = epollCreate(EPOLL_CLOEXEC)
    if (this.descriptor < 0) throw new Error(`epoll_create1 failed with ${errnoName(errno())}`)
  }

  /** `stamp` comes back with every event: it tells a descriptor from an earlier one of the same number. */
  add(fd: number, events: number, stamp: number): number {
    return this.control(EPOLL_CTL_ADD, fd, events, stamp)
  }
  modify(fd: number, events: number, stamp: number): number {
    return this.control(EPOLL_CTL_MOD, fd, events, stamp)
  }
  /** Needed only before closing a descriptor that another process holds too: the event would outlive it. */
  remove(fd: number): number {
    return this.control(EPOLL_CTL_DEL, fd, 0, 0)
  }

  /** 0, or the error number. */
  private control(operation: number, fd: number, events: number, stamp: number): number {
    const { words } = this.change
    words[0] = events
    words[LOW] = fd
    words[HIGH] = stamp
    return epollCtl(this.descriptor, operation, fd, this.change.address) === 0 ? 0 : errno()
  }

  /** Number of events, at most 512; 0 also when a signal cut the wait short. Milliseconds; -1 waits for ever. */
  wait(timeoutMs: number): number {
    const count = epollWait(this.descriptor, this.events.address, MAX_EVENTS, timeoutMs)
    return Math.max(count, 0)
  }

  /** EPOLLIN and so on of event `i` of the last wait. */
  eventsOf(i: number): number {
    return this.words[i * STRIDE] ?? 0
  }
  descriptorOf(i: number): number {
    return this.words[i * STRIDE + LOW] ?? 0
  }
  stampOf(i: number): number {
    return this.words[i * STRIDE + HIGH] ?? 0
  }
}
