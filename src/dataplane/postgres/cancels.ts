/** A worker's part in cancelling queries: which session has which key, and CancelRequests that go to many servers. */
import { type CancelKey, encodeCancelRequest } from '../../core/postgres/startup-packet.js'
import type { CloseReason } from '../../core/reasons.js'
import { CancelKeys } from '../../core/scoreboard/cancel-keys.js'
import type { WorkerColumn } from '../../core/scoreboard/column.js'
import { healthOf } from '../../core/server-state.js'
import type { ConnectError, Engine } from '../engine.js'
import type { KnownServer } from '../worker-backend.js'

/** Connections of one worker that carry nothing but a CancelRequest: anybody can make up keys. */
const MOST_DELIVERIES = 512

export type Spread =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: CloseReason; readonly detail: string | undefined }

export class Cancels {
  private readonly keys: CancelKeys
  private deliveries = 0

  constructor(
    private readonly engine: Engine,
    private readonly column: WorkerColumn,
  ) {
    this.keys = new CancelKeys(column.board)
  }

  /** @returns for `forget`; -1 when there is no room for it */
  learn(key: CancelKey, server: number): number {
    return this.keys.add(this.column.worker, key, server)
  }
  forget(entry: number): void {
    if (entry >= 0) this.keys.remove(entry)
  }
  /** Row of the server whose session it is, whichever worker has it; -1 when nobody has. */
  ownerOf(key: CancelKey): number {
    return this.keys.find(key)
  }

  /**
   * Sends a CancelRequest to each of these servers: the one that has the session honours it, the others ignore it.
   * Servers that are down are tried too, since one may be so only to its check, but nobody waits for them.
   * @param onDone when each of the others has ended the connection, by which PostgreSQL says that it has acted
   */
  spread(key: CancelKey, servers: readonly KnownServer[], onDone: (spread: Spread) => void): void {
    if (servers.length === 0) return onDone({ ok: false, reason: 'no-server', detail: undefined })
    if (this.deliveries + servers.length > MOST_DELIVERIES) {
      return onDone({ ok: false, reason: 'cancel-limit', detail: undefined })
    }
    const up = servers.filter(({ slot }) => healthOf(this.column.board, slot) === 'up')
    const awaited = new Set(up.length > 0 ? up : servers)
    let reached = 0
    const message = encodeCancelRequest(key)
    for (const server of servers) {
      this.deliver(message, server, (error) => {
        if (!awaited.delete(server)) return
        if (!error) reached++
        if (awaited.size === 0) onDone(outcome(reached, error))
      })
    }
  }

  private deliver(message: Uint8Array, to: KnownServer, onDone: (error?: ConnectError) => void): void {
    const { engine } = this
    const { connectOptions } = to.backend
    this.deliveries++
    const settle = (error?: ConnectError) => {
      this.deliveries--
      onDone(error)
    }
    engine.connect(to.address, connectOptions, (result) => {
      if (!result.ok) return settle(result.error)
      const stop = engine.deliver(message, result.server, () => {
        stopTimer()
        settle()
      })
      const stopTimer = engine.after(connectOptions.timeoutMs, () => {
        stop()
        settle()
      })
    })
  }
}

/** @param last how the last one failed, if it did */
function outcome(reached: number, last: ConnectError | undefined): Spread {
  if (reached > 0 || !last) return { ok: true }
  return { ok: false, reason: `connect-${last.failure}`, detail: last.code }
}
