/**
 * Tells when a file has become another one: looked at a few times a second, since that sees what editors do (write,
 * rename over, remove and make anew), a symbolic link that points elsewhere (Kubernetes) and network file systems alike.
 */
import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Cancel, systemTiming, type Timing } from '../timing.js'

/** A change is told when the file looks the same twice: half-written ones are waited out. */
export const LOOK_EVERY_MS = 250

/** Looks until cancelled. A file that vanishes is a change, too. */
export function watchFile(path: string, onChange: () => void, timing: Pick<Timing, 'after'> = systemTiming): Cancel {
  let isStopped = false
  let cancelNext: Cancel = () => {}
  let told: string | undefined
  let before: string | undefined
  const look = async () => {
    const seen = await appearance(path)
    if (isStopped) return
    told ??= seen
    const isSettled = seen === before
    before = seen
    // planned first: whoever is told may cancel
    cancelNext = timing.after(LOOK_EVERY_MS, () => void look())
    if (!isSettled || seen === told) return
    told = seen
    onChange()
  }
  void look()
  return () => {
    isStopped = true
    cancelNext()
  }
}

async function appearance(path: string): Promise<string> {
  const found: BigIntStats | undefined = await stat(path, { bigint: true }).catch(() => undefined)
  return found ? `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}` : 'missing'
}
