/** The generation before, as the one that was started by it sees it. */
import { Socket } from 'node:net'
import { StartError } from '../start-error.js'
import { version } from '../version.js'
import {
  type Estate,
  HAND_OVER_VARIABLE,
  HAND_OVER_VERSION,
  type ToPredecessor,
  type ToSuccessor,
} from './hand-over.js'
import { Link, LinkError } from './link.js'

const PATIENCE_MS = 10_000

export class Predecessor {
  private constructor(
    private readonly link: Link<ToSuccessor, ToPredecessor>,
    readonly estate: Estate,
  ) {}

  /** Undefined unless another headgate started this one to hand over to it. Throws StartError. */
  static async meet(env: NodeJS.ProcessEnv): Promise<Predecessor | undefined> {
    const descriptor = Number(env[HAND_OVER_VARIABLE] ?? Number.NaN)
    // what this process starts in its turn is no successor
    delete env[HAND_OVER_VARIABLE]
    if (!Number.isInteger(descriptor)) return undefined
    const link = new Link<ToSuccessor, ToPredecessor>(new Socket({ fd: descriptor, readable: true, writable: true }))
    const estate = await inWords(link.next(PATIENCE_MS))
    if (estate.type !== 'estate' || estate.version !== HAND_OVER_VERSION) {
      const why = `headgate ${version} does not understand how the running one hands over; restart it instead`
      link.send({ type: 'failed', why })
      link.close()
      throw new StartError(why)
    }
    const { setCloseOnExec } = await import('../../native/socket-options.js')
    for (const one of [{ descriptor }, ...estate.sockets, ...estate.flowLinks]) setCloseOnExec(one.descriptor)
    return new Predecessor(link, estate)
  }

  /**
   * Resolves when what only one of the two may hold has been let go of, with what operators had changed by then: see `Take`.
   * Throws StartError.
   */
  async takeOver(): Promise<string | undefined> {
    this.link.send({ type: 'prepared' })
    const message = await inWords(this.link.next(PATIENCE_MS))
    return message.type === 'take' ? message.state : undefined
  }

  serving(): void {
    this.link.send({ type: 'serving', headgate: version })
    this.link.close()
  }

  failed(why: string): void {
    this.link.send({ type: 'failed', why })
    this.link.close()
  }
}

async function inWords<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof LinkError) throw new StartError(`the headgate that started this one is gone: ${error.message}`)
    throw error
  }
}
