/** All workers together: started, configured and asked as one. Answers come after every living worker acknowledged. */
import { EventEmitter } from 'node:events'
import type {
  Answer,
  BoundListener,
  CloseRecord,
  Request,
  SessionFilter,
  SessionInfo,
  Shape,
  WorkerNotice,
} from '../../core/messages.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { EngineName } from '../../core/worker-boot.js'
import { BindError } from './bind-error.js'
import { SupervisedWorker, WorkerGone } from './supervised-worker.js'
import type { StartWorker } from './worker-link.js'
import type { WorkerRequests } from './worker-requests.js'

export interface WorkersEvents {
  closed: [records: readonly CloseRecord[]]
  notice: [notice: WorkerNotice, detail: string]
  died: [worker: number, how: string, lost: number, pauseMs: number]
  restarted: [worker: number, pid: number]
  'refused-shape': [worker: number, listener: string, code: string]
}

export class Workers extends EventEmitter<WorkersEvents> implements WorkerRequests {
  private readonly all: readonly SupervisedWorker[]
  private shape: Shape | undefined

  constructor(
    readonly engine: EngineName,
    board: Scoreboard,
    startWorker: StartWorker,
  ) {
    super()
    const handlers = {
      onRecords: ({ records }: { records: readonly CloseRecord[] }) => this.emit('closed', records),
      onNotice: ({ notice, detail }: { notice: WorkerNotice; detail: string }) => this.emit('notice', notice, detail),
      onDied: (worker: number, how: string, lost: number, pauseMs: number) =>
        this.emit('died', worker, how, lost, pauseMs),
      onRestarted: (worker: number, pid: number) => this.emit('restarted', worker, pid),
      onRefusedShape: (worker: number, { listener, code }: { listener: string; code: string }) =>
        this.emit('refused-shape', worker, listener, code),
    }
    this.all = Array.from(
      { length: board.capacity.workers },
      (_, index) => new SupervisedWorker(index, engine, board, startWorker, handlers),
    )
  }

  get count(): number {
    return this.all.length
  }

  async start(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.start()))
  }

  /** All or nothing: when one worker cannot bind, those that could go back to the former shape. Throws BindError. */
  async configure(shape: Shape): Promise<readonly BoundListener[]> {
    const answers = await this.askAll({ do: 'configure', shape })
    const refusal = answers.find((answer) => !answer.ok)
    if (refusal && !refusal.ok) {
      if (this.shape) await this.askAll({ do: 'configure', shape: this.shape })
      throw new BindError(refusal.listener, refusal.code)
    }
    this.shape = shape
    return answers.flatMap((answer) => (answer.ok ? (answer.listeners ?? []) : []))
  }

  async listSessions(filter: SessionFilter, limit: number): Promise<readonly SessionInfo[]> {
    const answers = await this.askAll({ do: 'list-sessions', filter, limit })
    const sessions = answers.flatMap((answer) => (answer.ok ? (answer.sessions ?? []) : []))
    return sessions.sort((a, b) => b.ageMs - a.ageMs).slice(0, limit)
  }

  async killSessions(filter: SessionFilter): Promise<number> {
    return countOf(await this.askAll({ do: 'kill-sessions', filter }))
  }

  async stopAccepting(): Promise<void> {
    await this.askAll({ do: 'stop-accepting' })
  }

  /** Ends all workers; returns how many sessions were cut. */
  async quit(graceMs: number): Promise<number> {
    const ended = this.all.map((worker) => worker.end(graceMs))
    const cut = countOf(await this.askAll({ do: 'quit' }))
    await Promise.all(ended)
    return cut
  }

  /** A worker that is gone has no say: its sessions are lost and its successor gets the present shape. */
  private async askAll(request: Request): Promise<Answer[]> {
    const answers = await Promise.all(this.all.map((worker) => worker.request(request).catch(noAnswerIfGone)))
    return answers.filter((answer) => answer !== undefined)
  }
}

function noAnswerIfGone(error: unknown): undefined {
  if (!(error instanceof WorkerGone)) throw error
}

function countOf(answers: readonly Answer[]): number {
  return answers.reduce((sum, answer) => sum + (answer.ok ? (answer.count ?? 0) : 0), 0)
}
