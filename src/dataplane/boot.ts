/** How a worker comes by its engine and its memory: the one place that chooses between the engines. */
import { isMainThread, workerData } from 'node:worker_threads'
import type { ProcessBoot, ThreadBoot } from '../core/worker-boot.js'
import type { Engine } from './engine.js'

export interface Booted {
  readonly engine: Engine
  readonly memory: ArrayBufferLike
  readonly worker: number
}

export async function bootWorker(): Promise<Booted> {
  return isMainThread ? bootProcess() : bootThread()
}

async function bootThread(): Promise<Booted> {
  const boot: ThreadBoot = workerData
  const { createPortableEngine } = await import('./portable/engine.js')
  return { engine: createPortableEngine(), memory: boot.memory, worker: boot.worker }
}

/** What a terminal (Ctrl-C) and an init system send to the whole group: a worker leaves when control says so, by the channel. */
const SIGNALS_FOR_CONTROL = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

async function bootProcess(): Promise<Booted> {
  for (const signal of SIGNALS_FOR_CONTROL) process.on(signal, () => {})
  const boot: ProcessBoot = JSON.parse(process.argv[2] ?? '{}')
  const { createLinuxEngine } = await import('./linux/engine.js')
  const { mapScoreboard } = await import('./linux/memory.js')
  return {
    engine: createLinuxEngine({ channelDescriptor: boot.channelDescriptor }),
    memory: mapScoreboard(boot.memoryDescriptor, boot.memoryBytes),
    worker: boot.worker,
  }
}
