/** A worker as a thread over a SharedArrayBuffer: for the portable engine, on every platform. */
import { Worker } from 'node:worker_threads'
import type { FromWorker } from '../../core/messages.js'
import type { ThreadBoot } from '../../core/worker-boot.js'
import type { StartWorker } from './worker-link.js'

// In development the sources run under tsx, which a thread does not inherit on Node 20
const ENTRY = import.meta.url.endsWith('.ts') ? '../../../scripts/worker-under-tsx.mjs' : '../../dataplane/worker.js'

export function threadStarter(memory: SharedArrayBuffer): StartWorker {
  return (boot, handlers) => {
    const workerData: ThreadBoot = { ...boot, memory }
    const thread = new Worker(new URL(ENTRY, import.meta.url), { workerData, name: `worker ${boot.worker}` })
    let how: string | undefined
    thread.on('message', (message: FromWorker) => handlers.onMessage(message))
    thread.on('error', (error) => {
      how = `uncaught ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
    })
    thread.on('exit', (code) => handlers.onExit(how ?? `exit code ${code}`))
    return {
      send: (message) => thread.postMessage(message),
      kill: () => {
        how ??= 'killed by the control plane'
        void thread.terminate()
      },
    }
  }
}
