/** The loop of a worker: waits for events, hands each to whoever watches its descriptor, runs tasks and timers. */
import { Epoll } from '../../native/epoll.js'
import { close } from '../../native/libc.js'
import { Gathering } from './gathering.js'
import { type Timer, TimerHeap } from './timer-heap.js'

/** Something with a descriptor in the epoll set. */
export abstract class Watched {
  /** Tells it from an earlier holder of the same descriptor number. */
  stamp = 0

  /** @param fd -1 once it is closed */
  constructor(public fd: number) {}

  /** @param events EPOLLIN and so on, epoll_ctl(2) */
  abstract onEvents(events: number): void
}

/** Work put off to the end of a turn. */
export interface Task {
  run(): void
}

export class EventLoop {
  /** Begun so far. */
  turns = 0
  /** Whoever reads datagrams tells it of them. */
  readonly gathering = new Gathering()
  private readonly epoll = new Epoll()
  private readonly watched: (Watched | undefined)[] = []
  private readonly timers = new TimerHeap()
  private tasks: Task[] = []
  private spareTasks: Task[] = []
  private lastStamp = 0
  private turnBeganAt = performance.now()
  private isStopped = false

  /** When the present turn began, in milliseconds of performance.now(). */
  now(): number {
    return this.turnBeganAt
  }

  /** 0, or the error number; ENOSPC when the user's limit of watches is reached. */
  watch(target: Watched, events: number): number {
    this.lastStamp = (this.lastStamp + 1) | 0
    target.stamp = this.lastStamp
    const error = this.epoll.add(target.fd, events, target.stamp)
    if (error === 0) this.watched[target.fd] = target
    return error
  }

  /** Who was given this descriptor and stamp, if it is still open. */
  holder(fd: number, stamp: number): Watched | undefined {
    const target = this.watched[fd]
    return target !== undefined && target.stamp === stamp ? target : undefined
  }

  /** Waits for other events of a watched descriptor. */
  rewatch(target: Watched, events: number): void {
    this.epoll.modify(target.fd, events, target.stamp)
  }

  /** Closes the descriptor; events of it that are still to come in this turn are dropped. */
  close(target: Watched): void {
    const { fd } = target
    this.watched[fd] = undefined
    target.fd = -1
    close(fd)
  }

  /** As `close`, for a descriptor that another process may hold too: its events would go on. */
  closeShared(target: Watched): void {
    this.epoll.remove(target.fd)
    this.close(target)
  }

  /** At the end of this turn, or of the next one when called from a task or a timer. */
  later(task: Task): void {
    this.tasks.push(task)
  }

  startTimer(timer: Timer, delayMs: number): void {
    this.timers.start(timer, this.turnBeganAt + Math.max(delayMs, 0))
  }
  stopTimer(timer: Timer): void {
    this.timers.stop(timer)
  }

  /** Turns until `stop`. */
  run(): void {
    while (!this.isStopped) this.turn()
  }
  stop(): void {
    this.isStopped = true
  }

  private turn(): void {
    const count = this.epoll.wait(this.waitMs())
    this.turnBeganAt = performance.now()
    this.turns++
    for (let i = 0; i < count; i++) {
      // none when it was closed by an earlier event of this turn, even if its number is already another's
      const target = this.holder(this.epoll.descriptorOf(i), this.epoll.stampOf(i))
      if (target !== undefined) target.onEvents(this.epoll.eventsOf(i))
    }
    this.runTasks()
    this.timers.runDue(this.turnBeganAt)
    if (this.tasks.length === 0) this.gathering.endTurn(this.turnBeganAt, count)
  }

  private waitMs(): number {
    if (this.tasks.length > 0) return 0
    const { nextAt } = this.timers
    if (nextAt === Number.POSITIVE_INFINITY) return -1
    return Math.min(Math.max(Math.ceil(nextAt - this.turnBeganAt), 0), LONGEST_WAIT_MS)
  }

  private runTasks(): void {
    const { tasks } = this
    if (tasks.length === 0) return
    this.tasks = this.spareTasks
    for (let i = 0; i < tasks.length; i++) tasks[i]?.run()
    tasks.length = 0
    this.spareTasks = tasks
  }
}

/** epoll_wait takes an int: a timer further off is looked at again. */
const LONGEST_WAIT_MS = 2 ** 30
