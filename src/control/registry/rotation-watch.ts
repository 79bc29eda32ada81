/** Notices when a backend loses its last server in rotation, or has one again, and counts how long it had none. */
import type { Backend } from './backend.js'

export class RotationWatch {
  private readonly wasUp = new WeakMap<Backend, boolean>()

  constructor(
    /** Unix time, ms. */
    private readonly clock: () => number,
    private readonly onChange: (backend: Backend, is: 'up' | 'down', why: string) => void,
  ) {}

  /** Looks at it: after everything that may have changed it. The first look only remembers. */
  look(backend: Backend, why: string): void {
    const { isUp } = backend
    const wasUp = this.wasUp.get(backend)
    this.wasUp.set(backend, isUp)
    if (wasUp === isUp || wasUp === undefined) return
    const now = this.clock()
    // the clock may have been set back meanwhile
    if (isUp) backend.downMs += Math.max(0, now - backend.changedAt)
    else backend.downs++
    backend.changedAt = now
    this.onChange(backend, isUp ? 'up' : 'down', why)
  }
}
