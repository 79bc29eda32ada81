/** The data plane as control starts it: the scoreboard's memory and the workers over it, one way for each engine. */
import { cpus } from 'node:os'
import type { Capacity } from '../../core/scoreboard/layout.js'
import { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { EngineName } from '../../core/worker-boot.js'
import type { HandedSocket } from './listening-sockets.js'
import { threadStarter } from './thread-worker.js'
import { Workers } from './workers.js'

/** A worker process is some 45 MB: beyond this many, more cores are better left to the servers. */
const MOST_AUTO_WORKERS = 8

export interface CreatedWorkers {
  readonly board: Scoreboard
  readonly workers: Workers
}

/** @param wanted `[runtime].workers` */
export function workerCount(engine: EngineName, wanted: number | 'auto'): number {
  if (engine === 'portable') return 1
  return wanted === 'auto' ? Math.min(MOST_AUTO_WORKERS, cpus().length) : wanted
}

/**
 * Nothing runs before `workers.start`.
 * @param handed listening sockets that somebody else has opened; the portable engine cannot take them
 */
export async function createWorkers(
  engine: EngineName,
  capacity: Capacity,
  handed: readonly HandedSocket[] = [],
): Promise<CreatedWorkers> {
  const bytes = Scoreboard.bytesFor(capacity)
  if (engine === 'portable') {
    const memory = new SharedArrayBuffer(bytes)
    const board = Scoreboard.create(memory, capacity)
    return { board, workers: new Workers(engine, board, threadStarter(memory)) }
  }
  const { createSharedMemory } = await import('../../native/shared-memory.js')
  const { processStarter } = await import('./process-worker.js')
  const { ListeningSockets } = await import('./listening-sockets.js')
  const shared = createSharedMemory('headgate scoreboard', bytes)
  const board = Scoreboard.create(shared.memory, capacity)
  const sockets = new ListeningSockets(capacity.workers, handed)
  return { board, workers: new Workers(engine, board, processStarter(shared), sockets) }
}
