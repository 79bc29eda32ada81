/**
 * While datagrams come densely, the loop sleeps a moment before it looks again: each turn then finds many of them, which
 * share its wake-up, its epoll_wait, its recvmmsg and its sendmmsg. Network cards do the same with their interrupts
 * (ethtool(8), rx-usecs). Figures are in docs/performance.md.
 */
import { usleep } from '../../native/libc.js'

/** From the beginning of one turn to that of the next, µs; the kernel may add 50 (prctl(2), PR_SET_TIMERSLACK). */
const PERIOD_US = 150
/** Datagrams in a millisecond from which on they are gathered: a worker that has fewer has time to hand each on at once. */
const DENSE = 80
/** Datagrams that fill a turn: to wait for more would save little, and could overflow a socket's buffer. */
const ENOUGH = 64
const WINDOW_MS = 10

export class Gathering {
  private sockets = 0
  private datagrams = 0
  private windowBeganAt = 0
  private inWindow = 0
  private isDense = false

  /** @param sleep for so many microseconds */
  constructor(
    private readonly clock = () => performance.now(),
    private readonly sleep: (us: number) => void = usleep,
  ) {}

  /** A socket has had an event in this turn, which brought so many datagrams. */
  note(datagrams: number): void {
    this.sockets++
    this.datagrams += datagrams
  }

  /**
   * The turn is over, and nothing is left to do. Streams are not kept waiting: where one of them had an event, too, nobody
   * sleeps.
   * @param beganAt ms of the clock
   * @param events of the turn
   */
  endTurn(beganAt: number, events: number): void {
    const { sockets, datagrams } = this
    if (sockets === 0) return
    this.sockets = 0
    this.datagrams = 0
    this.measure(beganAt, datagrams)
    if (!this.isDense || sockets < events || datagrams >= ENOUGH) return
    const restUs = PERIOD_US - Math.ceil((this.clock() - beganAt) * 1_000)
    if (restUs > 0) this.sleep(restUs)
  }

  private measure(now: number, datagrams: number): void {
    this.inWindow += datagrams
    const ms = now - this.windowBeganAt
    if (ms < WINDOW_MS) return
    this.isDense = this.inWindow >= DENSE * ms
    this.windowBeganAt = now
    this.inWindow = 0
  }
}
