/** What V8 writes with --trace-gc, in numbers. */
import { readFileSync } from 'node:fs'

export interface Collections {
  readonly count: number
  readonly totalMs: number
  readonly longestMs: number
  /** Garbage found: what was allocated and not kept. */
  readonly freedBytes: number
}

/** `[123:0x55]  45 ms: Scavenge 5.1 (6.0) -> 4.9 (7.0) MB, 0.45 / 0.00 ms …` */
const LINE =
  /ms: (?:Scavenge|Mark-Compact).*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB,(?: pooled: [\d.]+ MB,)? ([\d.]+) \/ /

export function readCollections(file: string): Collections {
  const found = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => LINE.exec(line))
    .filter((match) => match !== null)
    .map(([, before, after, ms]) => ({ freedBytes: (Number(before) - Number(after)) * 2 ** 20, ms: Number(ms) }))
  return {
    count: found.length,
    totalMs: found.reduce((sum, { ms }) => sum + ms, 0),
    longestMs: Math.max(0, ...found.map(({ ms }) => ms)),
    freedBytes: found.reduce((sum, one) => sum + one.freedBytes, 0),
  }
}
