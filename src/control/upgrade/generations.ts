/**
 * The generations of one headgate: this process, those before it that live on for their sessions, and after an upgrade
 * its heir. Older ones are asked over their own stats sockets, in HAProxy's words, which every version of headgate speaks.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { askOnce, SocketError } from '../runtime-api/wire/ask-once.js'
import type { Ancestor } from './hand-over.js'
import { type Heir, UpgradeError } from './upgrade.js'

/** A process that keeps nobody waiting who looks at the status. */
const PATIENCE_MS = 500
/** A change takes a moment, unless a worker hangs; and the heir does not wait for ever. */
const LAST_CHANGES_MS = 2_000

export interface GenerationStatus {
  readonly generation: number
  readonly pid: number
  /** Path of its own stats socket. */
  readonly socket: string
  /** Null when it did not answer in time. */
  readonly answer: {
    readonly version: string
    readonly uptimeMs: number
    readonly sessions: { readonly live: number; readonly total: number }
  } | null
}

/** Starts the next generation; before that serves, the signal ends it. Throws UpgradeError. */
export type Upgrading = (by: string, stopping: AbortSignal) => Promise<Heir>

export class Generations {
  private older: readonly Ancestor[]
  /** Set once the daemon can be upgraded. */
  private isHandingOver = false
  private hasGivenWay = false
  private readonly underWay = new Set<Promise<unknown>>()
  private upgrading: Upgrading | undefined
  private upgraded: Promise<unknown> = Promise.resolve()
  private readonly stopping = new AbortController()

  constructor(
    /** 1, or one more than the generation that started this one. */
    readonly present: number,
    ancestors: readonly Ancestor[],
  ) {
    this.older = ancestors
  }

  /** As far as it is known; oldest first. */
  get ancestors(): readonly Ancestor[] {
    return this.older
  }

  /** Until this is called, `upgrade` is refused. */
  allowUpgrade(run: Upgrading): void {
    this.upgrading = run
  }

  /** Why nothing else may be changed at present, in words. */
  get obstacle(): string | undefined {
    return this.isHandingOver ? 'it is handing over to a new headgate, or has' : undefined
  }

  /** Why a change made here would be lost, in words. */
  get changeObstacle(): string | undefined {
    return this.hasGivenWay
      ? 'an upgrade is under way, or done, and the new headgate would not hear of it; ask again in a moment, over a new connection'
      : undefined
  }

  /** Makes a change that the heir has to hear of: to be asked for only where there is no `changeObstacle`. */
  async change<T>(make: () => T | Promise<T>): Promise<T> {
    const made = Promise.resolve(make())
    this.underWay.add(made)
    return made.finally(() => this.underWay.delete(made))
  }

  /** From now on changes are refused. Resolves when those that were allowed are made; throws UpgradeError when one hangs. */
  async giveWay(): Promise<void> {
    this.hasGivenWay = true
    const made = Promise.allSettled(this.underWay).then(() => true)
    const isQuiet = await Promise.race([made, pause(LAST_CHANGES_MS, false, { ref: false })])
    if (!isQuiet)
      throw new UpgradeError('a change at run time is under way and does not end: see whether a worker hangs')
  }

  /** There is no heir. */
  takeBack(): void {
    this.hasGivenWay = false
  }

  /**
   * Starts the next generation and hands over to it. Throws UpgradeError, and everything is as before then.
   * @param by the signal or the client that asked for it
   */
  async upgrade(by: string): Promise<Heir> {
    if (!this.upgrading) {
      throw new UpgradeError('only the linux engine can hand over its connections, and only when all of it runs')
    }
    if (this.isHandingOver) throw new UpgradeError('an upgrade is under way, or done, already')
    const { signal } = this.stopping
    signal.throwIfAborted()
    this.isHandingOver = true
    const upgraded = this.upgrading(by, signal)
    this.upgraded = upgraded.catch(() => {})
    try {
      return await upgraded
    } catch (error) {
      // an heir that serves is there to stay, whatever failed here after that
      this.isHandingOver = this.hasGivenWay
      throw error
    }
  }

  /** No upgrade any more. Resolves when one that is under way has ended: without an heir, unless that serves already. */
  async stop(): Promise<void> {
    this.stopping.abort(new UpgradeError('headgate is stopping'))
    await this.upgraded
  }

  /** Whether there is an heir; to be asked while no upgrade is under way. */
  get hasHeir(): boolean {
    return this.hasGivenWay
  }

  /** How the older ones are, oldest first; those that have ended are forgotten. */
  async askOlder(): Promise<readonly GenerationStatus[]> {
    const asked = await Promise.all(this.older.map(async (ancestor) => ({ ancestor, answer: await ask(ancestor) })))
    const here = asked.filter(({ answer }) => answer !== 'ended')
    this.older = here.map(({ ancestor }) => ancestor)
    return here.map(({ ancestor, answer }) => ({ ...ancestor, answer: typeof answer === 'string' ? null : answer }))
  }
}

async function ask({ socket: path }: Ancestor): Promise<GenerationStatus['answer'] | 'ended'> {
  try {
    return parse(await askOnce({ family: 'unix', path }, 'show info', PATIENCE_MS))
  } catch (error) {
    const isOver = error instanceof SocketError && (error.reason === 'missing' || error.reason === 'refused')
    return isOver ? 'ended' : null
  }
}

function parse(info: string): GenerationStatus['answer'] {
  const fields = new Map(info.split('\n').map((line) => [line.split(': ', 1)[0], line.replace(/^[^:]*: /, '')]))
  const number = (name: string) => Number(fields.get(name) ?? 0)
  return {
    version: fields.get('Version') ?? 'unknown',
    uptimeMs: number('Uptime_sec') * 1_000,
    sessions: { live: number('CurrConns'), total: number('CumReq') },
  }
}
