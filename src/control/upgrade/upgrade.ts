/**
 * Hands over to a new headgate, step by step: the new one starts and prepares all that may fail; this one lets go of what
 * only one can hold; the new one takes connections; this one takes no more. Up to the last step this one can go on as if
 * nothing had happened, and it never stops accepting before the new one does.
 */
import type { FlowLinkEnd } from '../../core/messages.js'
import { ownName } from '../runtime-api/wire/unix-socket.js'
import type { HandedSocket } from '../workers/listening-sockets.js'
import type { FlowLinks } from './flow-links.js'
import { type Ancestor, type Estate, HAND_OVER_VERSION } from './hand-over.js'
import type { Successor } from './successor.js'
import { SuccessorError } from './successor-error.js'

/** It was not done, for this reason; everything is as before. */
export class UpgradeError extends Error {}

/** The generation that took over. */
export interface Heir {
  readonly generation: number
  readonly pid: number
  readonly version: string
}

/** What an upgrade needs of the daemon. */
export interface Household {
  readonly generation: number
  /** Path of the stats socket. */
  readonly socket: string
  readonly ancestors: readonly Ancestor[]
  /** Whatever the successor reads from the disk is there. */
  prepare(): Promise<void>
  sockets(): readonly HandedSocket[]
  /** Paths of the servers that are down. */
  down(): readonly string[]
  /** Paths of those whose agents said so. */
  saidDown(): readonly string[]
  /**
   * Takes no more changes, and lets go of the state file, the metrics' port and the stats socket's addresses; it is found
   * under its own name then.
   */
  giveWay(): Promise<void>
  /** What operators changed until it gave way, as a state file has it. */
  changes(): string
  /** The heir did not come up: as before `giveWay`, also where that failed half way. */
  takeBack(): Promise<void>
  /** Takes no more connections, hands its UDP flows over, and lives on for its sessions. */
  retire(heir: Heir, flowLinks: readonly FlowLinkEnd[]): Promise<void>
}

export class Upgrade {
  constructor(private readonly household: Household) {}

  /**
   * Once at a time, and no more after it succeeded. Throws UpgradeError; no successor is left then.
   * @param stopping ends a successor that does not serve yet
   */
  async run(stopping: AbortSignal): Promise<Heir> {
    const { household } = this
    const { FlowLinks } = await import('./flow-links.js')
    const { ownCommandLine, Successor } = await import('./successor.js')
    await household.prepare()
    stopping.throwIfAborted()
    const sockets = household.sockets()
    const links = FlowLinks.create(sockets)
    const estate = this.estate(sockets, links)
    let successor: Successor | undefined
    let hasGivenWay = false
    let version: string
    try {
      successor = Successor.start(ownCommandLine, estate)
      links.closeTheirs()
      await successor.prepared(stopping)
      hasGivenWay = true
      await household.giveWay()
      version = await successor.takeOver(household.changes(), stopping)
    } catch (error) {
      // before anything is taken back: two must not have it
      await successor?.end()
      links.closeOurs()
      if (hasGivenWay) await household.takeBack()
      throw inWords(error)
    }
    // from here on the successor serves, whatever fails here
    const heir = { generation: estate.generation, pid: successor.pid, version }
    await household.retire(heir, links.ours)
    return heir
  }

  private estate(sockets: readonly HandedSocket[], { theirs }: FlowLinks): Estate {
    const { household } = this
    const { generation, socket, ancestors } = household
    const own = { generation, pid: process.pid, socket: ownName(socket) }
    return {
      type: 'estate',
      version: HAND_OVER_VERSION,
      generation: generation + 1,
      sockets,
      flowLinks: theirs,
      socket,
      ancestors: [...ancestors, own],
      down: household.down(),
      saidDown: household.saidDown(),
    }
  }
}

function inWords(error: unknown): unknown {
  if (!(error instanceof SuccessorError)) return error
  return new UpgradeError(`the new headgate did not come up: ${error.message}`)
}
