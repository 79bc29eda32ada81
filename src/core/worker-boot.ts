/** What a worker is born with, besides its channel: passed as workerData to a thread, as an argument to a process. */
export type EngineName = 'linux' | 'portable'

export interface WorkerBoot {
  /** Its column in the scoreboard. */
  readonly worker: number
  readonly engine: EngineName
}

/** A thread shares the scoreboard's memory itself. */
export interface ThreadBoot extends WorkerBoot {
  readonly memory: SharedArrayBuffer
}

/** A process inherits descriptors: the scoreboard's memfd and its end of the control channel. */
export interface ProcessBoot extends WorkerBoot {
  readonly memoryDescriptor: number
  readonly memoryBytes: number
  readonly channelDescriptor: number
}
