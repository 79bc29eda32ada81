/**
 * One worker kept alive: started, configured, asked, watched by its tick, and started again when it dies or hangs. The
 * pause between starts doubles from 0.1 s to 10 s and falls back after a minute of running.
 */
import type { Answer, FromWorker, Request, Shape } from '../../core/messages.js'
import { CancelKeys } from '../../core/scoreboard/cancel-keys.js'
import { clearLiveCounts } from '../../core/scoreboard/column.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { EngineName } from '../../core/worker-boot.js'
import type { StartWorker, WorkerLink } from './worker-link.js'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
const STEADY_AFTER_MS = 60_000
/** A tick comes every 250 ms; a worker this late is taken for hung. */
const HUNG_AFTER_MS = 3_000
const WATCH_EVERY_MS = 1_000

/** The worker died before it answered. */
export class WorkerGone extends Error {}

export interface SupervisedWorkerHandlers {
  onClosed(message: Extract<FromWorker, { type: 'closed' }>): void
  onNotice(message: Extract<FromWorker, { type: 'notice' }>): void
  /** `lost` sessions ended with it; it starts again after `pauseMs`, or never where that is undefined. */
  onDied(worker: number, how: string, lost: number, pauseMs: number | undefined): void
  /** It is configured and takes sessions again. */
  onRestarted(worker: number, pid: number): void
  /** A restarted worker could not take the present shape; it is started once more. */
  onRefusedShape(worker: number, answer: Extract<Answer, { ok: false }>): void
}

type Waiting = { resolve: (answer: Answer) => void; reject: (error: Error) => void }

export class SupervisedWorker {
  private link: WorkerLink | undefined
  private readonly waiting = new Map<number, Waiting>()
  private requests = 0
  private shape: Shape | undefined
  private pauseMs = FIRST_PAUSE_MS
  private restartTimer: NodeJS.Timeout | undefined
  private watchTimer: NodeJS.Timeout | undefined
  private isStopping = false
  private isLast = false
  private becameReady: ((pid: number) => void) | undefined
  private onGone: ((how: string) => void) | undefined

  constructor(
    readonly index: number,
    private readonly engine: EngineName,
    private readonly board: Scoreboard,
    private readonly startWorker: StartWorker,
    private readonly handlers: SupervisedWorkerHandlers,
  ) {}

  get isRunning(): boolean {
    return this.link !== undefined
  }

  /** First start; resolves when the worker's loop turns. Rejects with WorkerGone when it dies before. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onGone = (how) => reject(new WorkerGone(`worker ${this.index} ended while starting: ${how}`))
      this.launch(() => {
        this.onGone = undefined
        resolve()
      })
    })
  }

  private launch(onReady: (pid: number) => void): void {
    this.becameReady = onReady
    const startedAt = performance.now()
    const link = this.startWorker(
      { worker: this.index, engine: this.engine },
      {
        onMessage: (message) => this.received(message),
        onExit: (how) => this.exited(how, performance.now() - startedAt),
      },
    )
    this.link = link
    this.watchTick(link)
  }

  /** Rejects with WorkerGone when there is no worker, or it dies before it answers. */
  request(request: Request): Promise<Answer> {
    if (request.do === 'configure') this.shape = request.shape
    const { link } = this
    if (!link) return Promise.reject(new WorkerGone(`worker ${this.index} is not running`))
    const number = ++this.requests
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject })
      link.send({ type: 'request', number, request })
    })
  }

  private received(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        return this.becameReady?.(message.pid)
      case 'closed':
        return this.handlers.onClosed(message)
      case 'notice':
        return this.handlers.onNotice(message)
      case 'answer':
        this.waiting.get(message.number)?.resolve(message.answer)
        this.waiting.delete(message.number)
    }
  }

  private exited(how: string, ranMs: number): void {
    this.link = undefined
    clearInterval(this.watchTimer)
    for (const { reject } of this.waiting.values()) reject(new WorkerGone(`worker ${this.index} ended: ${how}`))
    this.waiting.clear()
    const lost = clearLiveCounts(this.board, this.index)
    new CancelKeys(this.board).removeAllOf(this.index)
    const wasStarting = this.onGone
    this.onGone = undefined
    wasStarting?.(how)
    if (this.isStopping || wasStarting) return
    if (ranMs > STEADY_AFTER_MS) this.pauseMs = FIRST_PAUSE_MS
    this.handlers.onDied(this.index, how, lost, this.isLast ? undefined : this.pauseMs)
    if (this.isLast) return
    this.restartTimer = setTimeout(() => this.restart(), this.pauseMs)
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS)
  }

  private restart(): void {
    this.launch(async (pid) => {
      // the listening sockets are closed by now, and their numbers may be others'
      if (!this.shape || this.isLast) return
      const answer = await this.request({ do: 'configure', shape: this.shape }).catch(() => undefined)
      if (answer?.ok) this.handlers.onRestarted(this.index, pid)
      else if (answer) {
        this.handlers.onRefusedShape(this.index, answer)
        this.link?.kill()
      }
    })
  }

  private watchTick(link: WorkerLink): void {
    let tick = this.board.tick(this.index)
    let seenAt = performance.now()
    let checkedAt = seenAt
    this.watchTimer = setInterval(() => {
      const now = performance.now()
      const present = this.board.tick(this.index)
      // when this loop itself was held up (suspended machine, SIGSTOP) nothing is known about the worker
      const wasHeldUp = now - checkedAt > 2 * WATCH_EVERY_MS
      checkedAt = now
      if (present !== tick || wasHeldUp) {
        tick = present
        seenAt = now
      } else if (now - seenAt > HUNG_AFTER_MS) link.kill()
    }, WATCH_EVERY_MS)
    this.watchTimer.unref()
  }

  /** It accepts no more: another one in its place would have nothing to do. */
  restartNoMore(): void {
    this.isLast = true
    clearTimeout(this.restartTimer)
  }

  /** No restart from here on; resolves when the worker has ended, by force if need be. */
  async end(graceMs: number): Promise<void> {
    this.isStopping = true
    clearTimeout(this.restartTimer)
    const { link } = this
    if (!link) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => link.kill(), graceMs)
      this.onGone = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
