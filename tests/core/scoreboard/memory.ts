/** Boards of random small capacity for the tests of the scoreboard. */
import fc from 'fast-check'
import type { Capacity } from '../../../src/core/scoreboard/layout.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'

export const capacities = fc.record({
  servers: fc.integer({ min: 1, max: 5 }),
  backends: fc.integer({ min: 1, max: 3 }),
  frontends: fc.integer({ min: 1, max: 4 }),
  workers: fc.integer({ min: 1, max: 4 }),
})

/** A process maps an ArrayBuffer, a thread shares a SharedArrayBuffer. */
export const memoryKinds = fc.constantFrom('process' as const, 'thread' as const)
export type MemoryKind = 'process' | 'thread'

export function newMemory(bytes: number, kind: MemoryKind): ArrayBufferLike {
  return kind === 'process' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes)
}
export function newBoard(capacity: Capacity, kind: MemoryKind = 'thread'): Scoreboard {
  return Scoreboard.create(newMemory(Scoreboard.bytesFor(capacity), kind), capacity)
}
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
