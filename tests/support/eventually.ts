/** For what no event tells: another process's counters. */
import { setTimeout as sleep } from 'node:timers/promises'

const BETWEEN_LOOKS_MS = 20

/** Looks until `isSo`, and gives up with an error. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(BETWEEN_LOOKS_MS)
  }
}
