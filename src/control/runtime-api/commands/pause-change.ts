/** What the two commands that pause and resume a backend tell of it. */
import type { Backend } from '../../registry/backend.js'
import type { PauseStatus } from '../status/document.js'

/** What `json` answers. */
export interface PauseChange {
  readonly backend: string
  readonly was: PauseStatus | null
  readonly is: PauseStatus | null
  /** Sessions that waited as it was said: workers let them go at once. */
  readonly waiting: number
  /** How many may. */
  readonly mostWaiting: number
  /** Servers in rotation. */
  readonly serving: number
}

/** @param change that is made of it */
export function pauseChange(backend: Backend, change: () => void): PauseChange {
  const { pause: was = null, waiting } = backend
  change()
  return {
    backend: backend.name,
    was,
    is: backend.pause ?? null,
    waiting,
    mostWaiting: backend.settings.waiting.most,
    serving: backend.serving.length,
  }
}
