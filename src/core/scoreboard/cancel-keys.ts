/**
 * Which server a PostgreSQL session is on, by the key that cancels it: a CancelRequest comes over a connection of its
 * own, to any worker. Open addressing without chains: an entry stands anywhere in a short window behind its place, so
 * leaving makes no gap that a search would stop at. A session that finds its window full does without: its cancel goes
 * to all servers, as that of any unknown session.
 *
 * An entry is written by the worker that claimed it alone. A reader that meets one just given to another session may
 * name a wrong server for a session that has just ended: that server knows no such key, and ignores it.
 */
import type { CancelKey } from '../postgres/startup-packet.js'
import { finalise } from '../session-key.js'
import { CANCEL_KEY_BYTES, CANCEL_KEY_FIELD, CANCEL_KEYS } from './layout.js'
import type { Scoreboard } from './scoreboard.js'

/** An entry of nobody; -1 - worker while it is being written, 1 + worker from then on. */
const FREE = 0
/** With half of all entries taken, none of two million sessions found its window full. */
const WINDOW = 64
const STRIDE = CANCEL_KEY_BYTES / 4
/** Any two that differ: a key is known by both hashes, 64 bits. */
const SEEDS = [0x811c9dc5, 0x5bd1e995] as const

export class CancelKeys {
  private readonly ints: Int32Array
  private readonly first: number

  constructor(board: Scoreboard) {
    this.ints = board.ints
    this.first = board.offsets.cancelKeys / 4
  }

  /** @returns the entry, for `remove`; -1 when there is no room */
  add(worker: number, key: CancelKey, server: number): number {
    const place = hashOf(key, SEEDS[0])
    for (let i = 0; i < WINDOW; i++) {
      const cell = this.cellAt(place + i)
      if (Atomics.compareExchange(this.ints, cell + CANCEL_KEY_FIELD.owner, FREE, -1 - worker) !== FREE) continue
      Atomics.store(this.ints, cell + CANCEL_KEY_FIELD.place, place | 0)
      Atomics.store(this.ints, cell + CANCEL_KEY_FIELD.check, hashOf(key, SEEDS[1]) | 0)
      Atomics.store(this.ints, cell + CANCEL_KEY_FIELD.server, server)
      Atomics.store(this.ints, cell + CANCEL_KEY_FIELD.owner, 1 + worker)
      return cell
    }
    return -1
  }

  remove(entry: number): void {
    Atomics.store(this.ints, entry + CANCEL_KEY_FIELD.owner, FREE)
  }

  /** Row of the server whose session has this key; -1 when no session is known by it. */
  find(key: CancelKey): number {
    const place = hashOf(key, SEEDS[0])
    const check = hashOf(key, SEEDS[1])
    for (let i = 0; i < WINDOW; i++) {
      const cell = this.cellAt(place + i)
      // a plain load, a tenth of the cost of an atomic one, passes by nearly all others
      if (this.ints[cell + CANCEL_KEY_FIELD.place] !== (place | 0)) continue
      const isKnown = this.field(cell, 'owner') > FREE
      if (isKnown && this.field(cell, 'check') === (check | 0)) return this.field(cell, 'server')
    }
    return -1
  }

  private field(cell: number, name: keyof typeof CANCEL_KEY_FIELD): number {
    return Atomics.load(this.ints, cell + CANCEL_KEY_FIELD[name])
  }

  /** Control's duty after a worker died: its sessions are gone. */
  removeAllOf(worker: number): void {
    for (let i = 0; i < CANCEL_KEYS; i++) {
      const cell = this.cellAt(i)
      const owner = Atomics.load(this.ints, cell + CANCEL_KEY_FIELD.owner)
      if (owner === 1 + worker || owner === -1 - worker) this.remove(cell)
    }
  }

  private cellAt(place: number): number {
    return this.first + (place & (CANCEL_KEYS - 1)) * STRIDE
  }
}

/** Unsigned 32 bit. */
function hashOf({ pid, secret }: CancelKey, seed: number): number {
  let hash = finalise(seed ^ pid)
  for (const byte of secret) hash = Math.imul(hash ^ byte, 0x01000193)
  return finalise(hash ^ secret.length)
}
