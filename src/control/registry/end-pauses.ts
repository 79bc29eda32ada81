/** Ends each pause when its time is over, whatever became of whoever asked for it. */
import type { Cancel, Timing } from '../timing.js'
import type { Backend } from './backend.js'
import type { Pause } from './pause.js'
import type { Registry } from './registry.js'

export function endPausesInTime(registry: Registry, timing: Timing): Cancel {
  const timers = new Map<Backend, Cancel>()
  const watch = (backend: Backend, _: unknown, is: Pause | undefined) => {
    timers.get(backend)?.()
    timers.delete(backend)
    if (is)
      timers.set(
        backend,
        timing.after(Math.max(0, is.until - timing.now()), () => registry.endPause(backend)),
      )
  }
  registry.on('pause', watch)
  return () => {
    registry.off('pause', watch)
    for (const cancel of timers.values()) cancel()
  }
}
