/** A worker's work: answers control's requests, ends idle sessions, ticks the scoreboard. */
import type { Answer, Request, ToWorker } from '../core/messages.js'
import type { Random } from '../core/policy/policy.js'
import { WorkerColumn } from '../core/scoreboard/column.js'
import type { Scoreboard } from '../core/scoreboard/scoreboard.js'
import type { Channel, Engine } from './engine.js'
import { Frontends } from './frontends.js'
import { Cancels } from './postgres/cancels.js'
import { Records } from './records.js'
import { Sessions } from './sessions.js'
import { WaitingRoom } from './tcp/waiting-room.js'
import type { WorkerContext } from './worker-context.js'

const TICK_MS = 250
/** How long a worker without a control plane lets its sessions go on. */
const ORPHAN_DEADLINE_MS = 30_000
const LAST_RECORDS_MS = 500
const LAST_RECORDS_STEP_MS = 5

export class DataPlane {
  private readonly context: WorkerContext
  private readonly frontends: Frontends
  private readonly channel: Channel

  constructor(
    private readonly engine: Engine,
    board: Scoreboard,
    worker: number,
    random: Random,
  ) {
    const column = new WorkerColumn(board, worker)
    const channel = engine.openChannel({
      onMessage: (message) => this.answer(message),
      onClosed: () => this.orphaned(),
    })
    this.channel = channel
    this.context = {
      engine,
      column,
      sessions: new Sessions(worker),
      records: new Records(engine, channel, column),
      waitingRoom: new WaitingRoom(engine, column),
      cancels: new Cancels(engine, column),
      random,
      notify: (notice, detail) => channel.send({ type: 'notice', notice, detail }),
    }
    this.frontends = new Frontends(this.context)
    this.reply = (number, answer) => channel.send({ type: 'answer', number, answer })
    this.tick()
    channel.send({ type: 'ready', engine: engine.name, pid: process.pid })
  }

  private readonly reply: (number: number, answer: Answer) => void

  private tick(): void {
    this.context.column.tick()
    const hasMore = this.context.sessions.endIdle(this.engine.now())
    this.engine.after(hasMore ? 1 : TICK_MS, () => this.tick())
  }

  private answer({ number, request }: ToWorker): void {
    this.handle(request, (answer) => this.reply(number, answer))
  }

  private handle(request: Request, reply: (answer: Answer) => void): void {
    const { sessions, records } = this.context
    const { flowHandOver } = this.engine
    switch (request.do) {
      case 'configure':
        records.enabled = request.shape.records
        return this.frontends.configure(request.shape, (result) =>
          reply(
            result.ok
              ? { ok: true, listeners: result.listeners }
              : { ok: false, code: result.code, listener: result.listener },
          ),
        )
      case 'list-sessions':
        return reply({ ok: true, sessions: sessions.list(request.filter, request.limit, this.engine.now()) })
      case 'kill-sessions':
        return reply({ ok: true, count: sessions.kill(request.filter, request, this.engine) })
      case 'count-sessions':
        return reply({ ok: true, counts: sessions.countOf(request.backend, request.idleMs, this.engine.now()) })
      case 'close-idle':
        return reply({ ok: true, count: sessions.closeIdle(request, 'rebalanced', this.engine.now()) })
      case 'stop-accepting':
        this.frontends.stopAccepting()
        return reply({ ok: true })
      case 'take-flows':
        if (flowHandOver) this.frontends.takeFlows(flowHandOver, request.links)
        return reply({ ok: true })
      case 'send-flows':
        if (!flowHandOver) return reply({ ok: true, count: 0 })
        return this.frontends.sendFlows(flowHandOver, request.links, (count) => reply({ ok: true, count }))
      case 'quit':
        reply({ ok: true, count: sessions.endAll({}, 'stopped') })
        // an engine may tell the end of a relay some turns of the loop later: its record is waited for
        return this.whenOrLate(
          () => sessions.size === 0,
          () => this.leave(),
        )
    }
  }

  /** The control plane is gone, and ends no pause any more: accept no more, let the sessions finish, then end. */
  private orphaned(): void {
    const { sessions, column } = this.context
    this.frontends.stopAccepting()
    column.board.endHolds()
    // whoever ends last still has its record to write
    const leaveSoon = () => this.engine.after(0, () => this.leave())
    sessions.whenEmpty(leaveSoon)
    if (sessions.size === 0) leaveSoon()
    this.engine.after(ORPHAN_DEADLINE_MS, () => this.leave())
  }

  private leave(): void {
    this.context.records.flush()
    // the last records need a turn of the loop to leave, and longer where the control plane is behind
    this.engine.after(0, () =>
      this.whenOrLate(
        () => this.channel.isEmpty,
        () => this.engine.stop(),
      ),
    )
  }

  /** Goes on when it is so, or when the last records have been waited for long enough. */
  private whenOrLate(isSo: () => boolean, goOn: () => void, waitedMs = 0): void {
    if (isSo() || waitedMs >= LAST_RECORDS_MS) return goOn()
    this.engine.after(LAST_RECORDS_STEP_MS, () => this.whenOrLate(isSo, goOn, waitedMs + LAST_RECORDS_STEP_MS))
  }
}
