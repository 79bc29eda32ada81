/** All workers together: started, configured and asked as one. Answers come after every living worker acknowledged. */
import { EventEmitter } from 'node:events'
import { formatAddress } from '../../core/address.js'
import type {
  Answer,
  BoundListener,
  FlowLinkEnd,
  IdleClose,
  Kill,
  Request,
  SessionCount,
  SessionFilter,
  SessionInfo,
  SessionLines,
  SessionListFilter,
  Shape,
  WorkerNotice,
} from '../../core/messages.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { EngineName } from '../../core/worker-boot.js'
import { BindError } from './bind-error.js'
import type { HandedSocket, ListeningSockets } from './listening-sockets.js'
import { SupervisedWorker, WorkerGone } from './supervised-worker.js'
import type { StartWorker } from './worker-link.js'
import type { WorkerRequests } from './worker-requests.js'

export interface WorkersEvents {
  /** `count` session lines for the log. */
  closed: [lines: SessionLines, count: number]
  notice: [notice: WorkerNotice, detail: string]
  /** `pauseMs` until it starts again; undefined where it does not. */
  died: [worker: number, how: string, lost: number, pauseMs: number | undefined]
  restarted: [worker: number, pid: number]
  'refused-shape': [worker: number, listener: string, code: string]
}

const BY_OPERATOR: Kill = { reason: 'killed', overMs: 0 }

/** A worker away for this long has its listening sockets adopted. */
const ADOPT_FROM_MS = 500

export class Workers extends EventEmitter<WorkersEvents> implements WorkerRequests {
  private readonly all: readonly SupervisedWorker[]
  private shape: Shape | undefined
  private isAccepting = true
  private died = 0
  /** Which worker is the first to close idle sessions. */
  private turn = 0
  /** Which workers stay away for long, by index. */
  private readonly away = new Set<number>()
  /** Which worker holds the listening sockets of one that is away, by index. */
  private readonly adopters = new Map<number, SupervisedWorker>()

  constructor(
    readonly engine: EngineName,
    board: Scoreboard,
    startWorker: StartWorker,
    /** On the linux engine control keeps the listening sockets; elsewhere each worker binds its own. */
    private readonly sockets?: ListeningSockets,
  ) {
    super()
    const handlers = {
      onClosed: ({ lines, count }: { lines: SessionLines; count: number }) => this.emit('closed', lines, count),
      onNotice: ({ notice, detail }: { notice: WorkerNotice; detail: string }) => this.emit('notice', notice, detail),
      onDied: (worker: number, how: string, lost: number, pauseMs: number | undefined) => {
        this.died++
        this.emit('died', worker, how, lost, pauseMs)
        if (pauseMs !== undefined) this.orphaned(worker, pauseMs)
      },
      onRestarted: (worker: number, pid: number) => {
        this.emit('restarted', worker, pid)
        this.giveBack(worker)
      },
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
  /** Workers that run at present. */
  get running(): number {
    return this.all.filter((worker) => worker.isRunning).length
  }
  /** How often one of them died since the start. */
  get deaths(): number {
    return this.died
  }

  /** What control holds for its workers; none on the portable engine. */
  get listeningSockets(): readonly HandedSocket[] {
    return this.sockets?.list() ?? []
  }

  async start(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.start()))
  }

  /**
   * All or nothing: when a listener cannot be bound, what was there stays as it was. Throws BindError. After
   * `stopAccepting` nobody listens again: workers take the rest of the shape, for the sessions that they have.
   */
  async configure(shape: Shape): Promise<readonly BoundListener[]> {
    if (this.isAccepting) this.sockets?.open(shape)
    const former = this.shape
    const answers = await this.tell(shape)
    const refusal = answers.find((answer) => !answer.ok)
    if (refusal && !refusal.ok) {
      if (former) await this.tell(former)
      throw new BindError(refusal.listener, refusal.code)
    }
    const bound = answers.flatMap((answer) => (answer.ok ? (answer.listeners ?? []) : []))
    return inOrderOf(shape, bound)
  }

  private async tell(shape: Shape): Promise<Answer[]> {
    // at once: a worker may have to stand in for another one while the rest still answer
    this.shape = shape
    const answers = await this.askEach((worker) => ({ do: 'configure', shape: this.shapeFor(worker, shape) }))
    if (answers.every((answer) => answer.ok)) this.sockets?.closeUnneeded(shape)
    return answers
  }

  private shapeFor(worker: SupervisedWorker, shape: Shape): Shape {
    const adopted = [...this.adopters].filter(([, adopter]) => adopter === worker).map(([index]) => index)
    return this.sockets?.shapeFor([worker.index, ...adopted], shape) ?? shape
  }

  /** A short absence costs nobody: the queue waits. During a long one a living worker takes what comes. */
  private orphaned(index: number, pauseMs: number): void {
    if (pauseMs >= ADOPT_FROM_MS) this.away.add(index)
    const dead = this.all[index]
    const adopted = [...this.adopters].filter(([, adopter]) => adopter === dead).map(([other]) => other)
    for (const other of adopted) this.adopters.delete(other)
    // it comes back with its own alone: somebody else has the others by then
    if (dead && adopted.length > 0) this.reconfigure(dead)
    this.adoptOrphans()
  }

  private adoptOrphans(): void {
    const orphans = [...this.away].filter((index) => !this.adopters.has(index))
    const adopter = this.all.find(({ index, isRunning }) => isRunning && !this.away.has(index))
    if (!this.sockets || !adopter || orphans.length === 0) return
    for (const index of orphans) this.adopters.set(index, adopter)
    this.reconfigure(adopter)
  }

  private giveBack(index: number): void {
    this.away.delete(index)
    const adopter = this.adopters.get(index)
    if (adopter && this.adopters.delete(index)) this.reconfigure(adopter)
    this.adoptOrphans()
  }

  private reconfigure(worker: SupervisedWorker): void {
    if (!this.shape) return
    void worker.request({ do: 'configure', shape: this.shapeFor(worker, this.shape) }).catch(noAnswerIfGone)
  }

  async listSessions(filter: SessionListFilter, limit: number): Promise<readonly SessionInfo[]> {
    const answers = await this.askAll({ do: 'list-sessions', filter, limit })
    const sessions = answers.flatMap((answer) => (answer.ok ? (answer.sessions ?? []) : []))
    return sessions.sort((a, b) => b.ageMs - a.ageMs).slice(0, limit)
  }

  async killSessions(filter: SessionFilter, kill: Kill = BY_OPERATOR): Promise<number> {
    return countOf(await this.askAll({ do: 'kill-sessions', filter, ...kill }))
  }

  async countSessions(backend: number, idleMs: number): Promise<readonly SessionCount[]> {
    const answers = await this.askAll({ do: 'count-sessions', backend, idleMs })
    return answers.flatMap((answer) => (answer.ok ? (answer.counts ?? []) : []))
  }

  /** One worker after the other, until there are enough; each begins with a turn of its own. */
  async closeIdle(which: IdleClose): Promise<number> {
    let closed = 0
    for (let i = 0; i < this.count && closed < which.most; i++) {
      const worker = this.all[(this.turn + i) % this.count]
      const request = { do: 'close-idle', ...which, most: which.most - closed } as const
      const answer = await worker?.request(request).catch(noAnswerIfGone)
      if (answer) closed += countOf([answer])
    }
    this.turn++
    return closed
  }

  /** Before the first `configure`: a predecessor's flows come over these links, which are closed here. */
  async takeFlows(links: readonly FlowLinkEnd[]): Promise<void> {
    await this.dealOut('take-flows', links, (share) => this.all[share % this.count])
  }

  /** A successor has the UDP sockets too: its workers take the flows over these links. Returns how many they took. */
  async sendFlows(links: readonly FlowLinkEnd[]): Promise<number> {
    // one that starts now would read the ports, too, and know none of the flows
    for (const worker of this.all) worker.restartNoMore()
    const holder = (share: number) => this.adopters.get(share % this.count) ?? this.all[share % this.count]
    return countOf(await this.dealOut('send-flows', links, holder))
  }

  private async dealOut(
    what: 'take-flows' | 'send-flows',
    links: readonly FlowLinkEnd[],
    holderOf: (share: number) => SupervisedWorker | undefined,
  ): Promise<Answer[]> {
    const answers = await this.askEach((worker) => ({
      do: what,
      links: links.filter(({ share }) => holderOf(share) === worker),
    }))
    this.sockets?.closeLinks(links)
    return answers
  }

  /** For good: whoever dies from here on is not started again. */
  async stopAccepting(): Promise<void> {
    this.isAccepting = false
    for (const worker of this.all) worker.restartNoMore()
    await this.askAll({ do: 'stop-accepting' })
    // as long as anybody holds a listening socket, the kernel queues connections that nobody will take
    this.sockets?.closeAll()
  }

  /** Ends all workers; returns how many sessions were cut. */
  async quit(graceMs: number): Promise<number> {
    const ended = this.all.map((worker) => worker.end(graceMs))
    const cut = countOf(await this.askAll({ do: 'quit' }))
    await Promise.all(ended)
    this.sockets?.closeAll()
    return cut
  }

  /** A worker that is gone has no say: its sessions are lost and its successor gets the present shape. */
  private askAll(request: Request): Promise<Answer[]> {
    return this.askEach(() => request)
  }

  private async askEach(requestFor: (worker: SupervisedWorker) => Request): Promise<Answer[]> {
    const answers = this.all.map((worker) => worker.request(requestFor(worker)).catch(noAnswerIfGone))
    return (await Promise.all(answers)).filter((answer) => answer !== undefined)
  }
}

function noAnswerIfGone(error: unknown): undefined {
  if (!(error instanceof WorkerGone)) throw error
}

/** Workers that share an address report it once each: one of each, by frontend. */
function inOrderOf(shape: Shape, bound: readonly BoundListener[]): readonly BoundListener[] {
  const unique = new Map(bound.map((listener) => [`${listener.frontend} ${formatAddress(listener.address)}`, listener]))
  return shape.frontends.flatMap(({ id }) => [...unique.values()].filter(({ frontend }) => frontend === id))
}

function countOf(answers: readonly Answer[]): number {
  return answers.reduce((sum, answer) => sum + (answer.ok ? (answer.count ?? 0) : 0), 0)
}
