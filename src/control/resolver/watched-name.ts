/** One host name, asked again at its TTL, and with back-off while it does not resolve. */
import { formatDuration } from '../../core/duration.js'
import type { Cancel, Timing } from '../timing.js'
import { type Answer, type Ask, ResolveError } from './answer.js'

/** Bounds of the TTL: a wrong zone must neither flood the DNS servers nor hold an address for days. */
const LEAST_TTL_MS = 1_000
const MOST_TTL_MS = 3_600_000
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000
/** getaddrinfo takes its time over dead DNS servers: from here on the name counts as not resolving. */
const SLOW_MS = 5_000

export interface WatchedNameHandlers {
  onAnswer(answer: Answer): void
  /** Once for each attempt that failed, in words. */
  onFailure(words: string): void
}

export class WatchedName {
  private cancelNext: Cancel = () => {}
  private retryMs = FIRST_RETRY_MS
  private isStopped = false
  private onFirst: () => void = () => {}

  constructor(
    readonly host: string,
    private readonly ask: Ask,
    private readonly timing: Timing,
    private readonly handlers: WatchedNameHandlers,
  ) {}

  /** Resolves when the first answer, good or bad, has been handed on, or when it is stopped. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.onFirst = resolve
      void this.attempt()
    })
  }

  stop(): void {
    this.isStopped = true
    this.cancelNext()
    this.onFirst()
  }

  private async attempt(): Promise<void> {
    const cancelSlow = this.timing.after(SLOW_MS, () => {
      this.handlers.onFailure(`no answer within ${formatDuration(SLOW_MS)}`)
      this.onFirst()
    })
    this.cancelNext = cancelSlow
    const outcome = await this.ask(this.host).catch(asError)
    cancelSlow()
    if (this.isStopped) return
    this.cancelNext = this.timing.after(this.nextDelay(outcome), () => this.attempt())
    if (outcome instanceof Error) this.handlers.onFailure(outcome.message)
    else this.handlers.onAnswer(outcome)
    this.onFirst()
  }

  private nextDelay(outcome: Answer | Error): number {
    if (!(outcome instanceof Error)) {
      this.retryMs = FIRST_RETRY_MS
      return Math.min(Math.max(outcome.ttlMs, LEAST_TTL_MS), MOST_TTL_MS)
    }
    const delay = this.retryMs
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS)
    return delay
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new ResolveError(String(error))
}
