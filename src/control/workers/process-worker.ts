/**
 * A worker as a process over a memfd: for the linux engine, whose native calls must cost no more than its own sessions
 * when they go wrong. The control channel is a unix socket.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProcessBoot, WorkerBoot } from '../../core/worker-boot.js'
import { createSocketPair } from '../../native/descriptor-passing.js'
import { close } from '../../native/libc.js'
import type { SharedMemory } from '../../native/shared-memory.js'
import { openControlChannel } from './control-channel.js'
import { lowerHelperThreads } from './helper-threads.js'
import type { StartWorker, WorkerLink, WorkerLinkHandlers } from './worker-link.js'

const ENTRY = fileURLToPath(new URL('../../dataplane/worker.js', import.meta.url))
/** Places of the inherited descriptors in the child, after the three of every process. */
const CHANNEL = 3
const MEMORY = 4
/**
 * What a session leaves behind dies young. Left alone, V8 lets its young generation grow to two halves of 16 MB, and
 * shrinks it minutes later: a worker's memory swung by 25 MB, for nothing that could be measured.
 */
const V8_OPTIONS = ['--max-semi-space-size=4']
/** What a dying worker says is kept up to here: the last words are the ones that matter. */
const LAST_WORDS = 2_000

export function processStarter(memory: SharedMemory): StartWorker {
  lowerHelperThreads(process.pid)
  return (boot, handlers) => {
    try {
      return startProcess(boot, handlers, memory)
    } catch (error) {
      // a system without descriptors or memory now may have them at the next try: it is an end like others
      const how = error instanceof Error ? error.message : String(error)
      setImmediate(() => handlers.onExit(how))
      return { send: () => {}, kill: () => {} }
    }
  }
}

/** Throws, with nothing left open, when the system has not what it takes. */
function startProcess(
  boot: WorkerBoot,
  handlers: WorkerLinkHandlers,
  { descriptor, memory }: SharedMemory,
): WorkerLink {
  const [ours, theirs] = createSocketPair()
  const data: ProcessBoot = {
    ...boot,
    memoryDescriptor: MEMORY,
    memoryBytes: memory.byteLength,
    channelDescriptor: CHANNEL,
  }
  let child: ChildProcess
  try {
    child = spawn(process.execPath, [...V8_OPTIONS, ENTRY, JSON.stringify(data)], {
      stdio: ['ignore', 'ignore', 'pipe', theirs, descriptor],
    })
  } catch (error) {
    close(ours)
    throw error
  } finally {
    close(theirs)
  }
  const channel = openControlChannel(ours, (message) => {
    if (message.type === 'ready') lowerHelperThreads(message.pid)
    handlers.onMessage(message)
  })
  let lastWords = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk).slice(-LAST_WORDS)
  })
  child.once('error', (error) => {
    lastWords = error.message
  })
  child.once('close', (code, signal) => {
    channel.close()
    const how = signal ? `signal ${signal}` : `exit code ${code}`
    handlers.onExit(lastWords === '' ? how : `${how}: ${lastLine(lastWords)}`)
  })
  return { send: (message) => channel.send(message), kill: () => child.kill('SIGKILL') }
}

/** The line that names the error: under a stack trace, the one above its first frame. */
function lastLine(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /^\w*Error/.test(line)) ?? lines.at(-1) ?? ''
}
