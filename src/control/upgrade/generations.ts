/**
 * The generations of one headgate: this process, those before it that live on for their sessions, and after an upgrade
 * its heir. Older ones are asked over their own stats sockets, in HAProxy's words, which every version of headgate speaks.
 */
import { askOnce, SocketError } from '../runtime-api/wire/ask-once.js'
import type { Ancestor } from './hand-over.js'
import { type Heir, UpgradeError } from './upgrade.js'

/** A process that keeps nobody waiting who looks at the status. */
const PATIENCE_MS = 500

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

export class Generations {
  private older: readonly Ancestor[]
  /** Set once the daemon can be upgraded. */
  private isHandingOver = false
  private upgrading: ((by: string) => Promise<Heir>) | undefined

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
  allowUpgrade(run: (by: string) => Promise<Heir>): void {
    this.upgrading = run
  }

  /** Why nothing else may be changed at present, in words. */
  get obstacle(): string | undefined {
    return this.isHandingOver ? 'it is handing over to a new headgate, or has' : undefined
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
    this.isHandingOver = true
    try {
      return await this.upgrading(by)
    } catch (error) {
      this.isHandingOver = false
      throw error
    }
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
