/**
 * Helper threads of V8 collect garbage and compile, several at once (libuv's look up names). On a core that they share
 * with a worker they kept it from its sessions for up to 27 ms; at a lower priority they give way (setpriority(2) is per
 * thread on Linux).
 */
import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/** A tenth of the share of a thread at 0: enough to get done on a core that is never idle. */
const NICE = 10

/** All threads of a Node process but its first. What cannot be set (it has ended, or is nicer already) stays as it is. */
export function lowerHelperThreads(pid: number): void {
  for (const thread of threadsOf(pid)) {
    if (thread === pid) continue
    try {
      setPriority(thread, NICE)
    } catch {}
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}
