/** Which engine the workers run. */
import type { EngineName } from '../core/worker-boot.js'
import { StartError } from './start-error.js'

export interface EngineChoice {
  readonly engine: EngineName
  /** Why it is not the linux engine, in words, where `auto` had to fall back. */
  readonly fallback?: string
}

/** Throws StartError when an engine is forced that cannot run here. */
export async function chooseEngine(wanted: EngineName | 'auto'): Promise<EngineChoice> {
  if (wanted === 'portable') return { engine: 'portable' }
  const { nativeAvailability } = await import('../native/available.js')
  const available = await nativeAvailability()
  if (available.ok) return { engine: 'linux' }
  if (wanted === 'auto') return { engine: 'portable', fallback: available.reason }
  throw new StartError(`engine = "linux" cannot run here: ${available.reason}; or set engine = "auto"`)
}
