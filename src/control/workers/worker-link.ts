/** One started worker, thread or process, as control holds it. The two ways to start one differ only here. */
import type { FromWorker, ToWorker } from '../../core/messages.js'
import type { WorkerBoot } from '../../core/worker-boot.js'

export interface WorkerLink {
  send(message: ToWorker): void
  /** Ends it at once, sessions and all; `onExit` follows. */
  kill(): void
}

export interface WorkerLinkHandlers {
  onMessage(message: FromWorker): void
  /** Comes exactly once. `how` says it in words: `exit code 1`, `signal SIGKILL`, `uncaught TypeError: …`. */
  onExit(how: string): void
}

export type StartWorker = (boot: WorkerBoot, handlers: WorkerLinkHandlers) => WorkerLink
