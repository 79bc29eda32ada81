/** Ends a daemon with all that it was upgraded to: only the first generation is a child of the test. */
import type { Daemon } from './daemon.js'
import { isAlive } from './processes.js'

export async function endGenerations(daemon: Daemon, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  for (const pid of generationPids(daemon)) if (isAlive(pid)) process.kill(pid, signal)
  await daemon.stop(signal)
}

/** Of every generation that ever ran, oldest first. */
export function generationPids(daemon: Daemon): number[] {
  return daemon.log.filter(({ event }) => event === 'startup').map(({ pid }) => Number(pid))
}
