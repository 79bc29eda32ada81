/** The scoreboard's memory in a worker process. */
import { mapSharedMemory } from '../../native/shared-memory.js'

/** Maps the memfd that control made and this process inherited. */
export function mapScoreboard(descriptor: number, bytes: number): ArrayBuffer {
  return mapSharedMemory(descriptor, bytes)
}
