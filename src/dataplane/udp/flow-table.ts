/**
 * Flows of one UDP port by the words of their datagrams' keys. Open addressing over one typed array, since a lookup
 * happens for every datagram and must neither allocate nor make strings. Deletion shifts back (Knuth, TAOCP vol. 3,
 * algorithm 6.4R), so that no tombstones gather.
 */
import type { Random } from '../../core/policy/policy.js'
import { finalise } from '../../core/session-key.js'
import { KEY_WORDS } from '../engine.js'

const INITIAL_CAPACITY = 256

export class FlowTable<Flow> {
  private capacity = INITIAL_CAPACITY
  private keys = new Int32Array(INITIAL_CAPACITY * KEY_WORDS)
  private flows: (Flow | undefined)[] = new Array<Flow | undefined>(INITIAL_CAPACITY).fill(undefined)
  private used = 0
  /** Odd, one for each word. Nobody can tell which clients' keys would stand in one long row, and slow all others down. */
  private readonly multipliers: Int32Array

  constructor(random: Random) {
    this.multipliers = Int32Array.from({ length: KEY_WORDS }, () => (random() * 2 ** 32) | 1)
  }

  get size(): number {
    return this.used
  }

  /** @param at where the key's words begin in `words` */
  get(words: Int32Array, at: number): Flow | undefined {
    return this.flows[this.find(words, at)]
  }

  set(words: Int32Array, at: number, flow: Flow): void {
    if (this.used * 2 >= this.capacity) this.grow()
    const place = this.find(words, at)
    if (this.flows[place] === undefined) this.used++
    this.flows[place] = flow
    for (let i = 0; i < KEY_WORDS; i++) this.keys[place * KEY_WORDS + i] = words[at + i] ?? 0
  }

  delete(words: Int32Array, at: number): void {
    const place = this.find(words, at)
    if (this.flows[place] === undefined) return
    this.flows[place] = undefined
    this.used--
    this.closeGap(place)
  }

  /** All flows; the table may be changed meanwhile. */
  values(): Flow[] {
    return this.flows.filter((flow) => flow !== undefined)
  }

  /** The place that holds this key, or the free place where it would go. */
  private find(words: Int32Array, at: number): number {
    const mask = this.capacity - 1
    let place = this.hash(words, at) & mask
    while (this.flows[place] !== undefined && !this.holds(place, words, at)) place = (place + 1) & mask
    return place
  }

  private holds(place: number, words: Int32Array, at: number): boolean {
    const base = place * KEY_WORDS
    for (let i = 0; i < KEY_WORDS; i++) if (this.keys[base + i] !== words[at + i]) return false
    return true
  }

  private closeGap(gap: number): void {
    const mask = this.capacity - 1
    let hole = gap
    for (let place = (gap + 1) & mask; this.flows[place] !== undefined; place = (place + 1) & mask) {
      const home = this.hash(this.keys, place * KEY_WORDS) & mask
      // an entry may move back only as far as its home
      if (((place - home) & mask) < ((place - hole) & mask)) continue
      this.flows[hole] = this.flows[place]
      this.keys.copyWithin(hole * KEY_WORDS, place * KEY_WORDS, (place + 1) * KEY_WORDS)
      this.flows[place] = undefined
      hole = place
    }
  }

  private hash(words: Int32Array, at: number): number {
    let hash = 0
    for (let i = 0; i < KEY_WORDS; i++) {
      const mixed = Math.imul(hash ^ (words[at + i] ?? 0), this.multipliers[i] ?? 1)
      hash = mixed ^ (mixed >>> 15)
    }
    return finalise(hash)
  }

  private grow(): void {
    const { flows, keys, capacity } = this
    this.capacity = capacity * 2
    this.keys = new Int32Array(this.capacity * KEY_WORDS)
    this.flows = new Array<Flow | undefined>(this.capacity).fill(undefined)
    this.used = 0
    for (let place = 0; place < capacity; place++) {
      const flow = flows[place]
      if (flow !== undefined) this.set(keys, place * KEY_WORDS, flow)
    }
  }
}
