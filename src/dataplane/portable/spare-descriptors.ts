/**
 * Notices that descriptors run out before accept does. When accept fails with EMFILE, libuv takes the connection with a
 * descriptor that it kept back, closes it in order, and tells nobody: the client sees an empty answer and nothing
 * is counted. So the engine keeps a few descriptors free, which also lets the control plane answer an operator, and
 * refuses clients itself from there on.
 */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/** Descriptors left to the rest of the process. */
const RESERVE = 8
/** How many free ones a look counts at most. */
const LOOK = 64
/** Others in the process open and close too: what was seen holds for this long. */
const LOOK_EVERY_MS = 500

export class SpareDescriptors {
  private open = 0
  /** The engine may have this many open. */
  private ceiling = 0
  private found = 0
  private lookedAt = Number.NEGATIVE_INFINITY

  /** The engine opened a socket. */
  take(): void {
    this.open++
  }
  /** The engine closed a socket. */
  giveBack(): void {
    this.open--
  }

  /** May the engine take a client, and open the connection to its server? */
  hasRoom(now: number): boolean {
    const isOld = now - this.lookedAt >= LOOK_EVERY_MS
    const isBehind = this.found === LOOK && this.open + 2 > this.ceiling
    if (isOld || isBehind) this.look(now)
    return this.open + 2 <= this.ceiling
  }

  private look(now: number): void {
    this.lookedAt = now
    this.found = countFree(LOOK)
    this.ceiling = this.open + this.found - RESERVE
  }
}

function countFree(most: number): number {
  const opened: number[] = []
  try {
    while (opened.length < most) opened.push(openSync(devNull, 'r'))
  } catch {
    // EMFILE or ENFILE: that is the answer
  }
  for (const descriptor of opened) closeSync(descriptor)
  return opened.length
}
