/** The end of a daemon's time: it hands over to a successor, and stays for the sessions that it still has. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { Log } from '../log/log.js'
import type { Notification } from '../systemd/notify.js'
import type { Upgrading } from './generations.js'
import { DaemonHousehold, type HouseholdParts } from './household.js'
import { type Heir, Upgrade } from './upgrade.js'

/** Whoever waits for hours need not look often. */
const LOOK_EVERY_MS = 200

export interface SuccessionParts {
  readonly log: Log
  readonly board: Scoreboard
  /** How long the last sessions may take; 0 is as long as they like. */
  readonly deadlineMs: () => number
  /** Tells the init system: sd_notify(3). */
  readonly tellInit: (message: Notification) => void
}

export class Succession {
  private retire: () => void = () => {}
  /** Resolves when a successor has taken over and the last session here has ended, or its time is over. */
  readonly retired = new Promise<'upgrade'>((resolve) => {
    this.retire = () => resolve('upgrade')
  })

  constructor(private readonly parts: SuccessionParts) {}

  /** The way to an upgrade for this household; whatever comes of it stands in the log. */
  toBegin(household: Omit<HouseholdParts, 'onRetired'>): Upgrading {
    const { log } = this.parts
    const onRetired = (heir: Heir, moved: number) => this.handedOver(heir, moved)
    const upgrade = new Upgrade(new DaemonHousehold({ ...household, onRetired }))
    return async (by, stopping) => {
      log.upgrading(by)
      try {
        return await upgrade.run(stopping)
      } catch (error) {
        log.upgradeFailed(by, error instanceof Error ? error.message : String(error))
        throw error
      }
    }
  }

  private handedOver(heir: Heir, moved: number): void {
    const { log, board, tellInit } = this.parts
    log.handedOver(heir, board.liveOfAll(), moved)
    tellInit(`MAINPID=${heir.pid}`)
    void this.outlive()
  }

  private async outlive(): Promise<void> {
    const { board, deadlineMs } = this.parts
    const until = deadlineMs() > 0 ? performance.now() + deadlineMs() : Number.POSITIVE_INFINITY
    while (board.liveOfAll() > 0 && performance.now() < until) await pause(LOOK_EVERY_MS)
    this.retire()
  }
}
