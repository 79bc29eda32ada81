/**
 * A worker as a process over a memfd: for the linux engine, whose native calls must cost no more than its own sessions
 * when they go wrong. The control channel is a unix socket; listening sockets travel on it (unix(7), SCM_RIGHTS).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { fileURLToPath } from 'node:url'
import { encodeFrame, type Frame, FrameReader } from '../../core/frames.js'
import type { FromWorker, ListenerShape, ToWorker } from '../../core/messages.js'
import type { ProcessBoot, WorkerBoot } from '../../core/worker-boot.js'
import { createSocketPair, sendWithDescriptors } from '../../native/descriptor-passing.js'
import { close } from '../../native/libc.js'
import type { SharedMemory } from '../../native/shared-memory.js'
import { lowerHelperThreads } from './helper-threads.js'
import type { StartWorker, WorkerLink, WorkerLinkHandlers } from './worker-link.js'

const ENTRY = fileURLToPath(new URL('../../dataplane/worker.js', import.meta.url))
/** Places of the inherited descriptors in the child, after the three of every process. */
const CHANNEL = 3
const MEMORY = 4
/** As much as a worker's records fill of a socket's buffer. */
const READ_BYTES = 131_072
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
    child = spawn(process.execPath, [ENTRY, JSON.stringify(data)], {
      stdio: ['ignore', 'ignore', 'pipe', theirs, descriptor],
    })
  } catch (error) {
    close(ours)
    throw error
  } finally {
    close(theirs)
  }
  const channel = openChannel(ours, (message) => {
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
    channel.socket.destroy()
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

interface ControlChannel {
  readonly socket: Socket
  send(message: ToWorker): void
}

function openChannel(descriptor: number, onMessage: (message: FromWorker) => void): ControlChannel {
  const frames = new FrameReader()
  const delivery = new Delivery()
  const room = Buffer.allocUnsafeSlow(READ_BYTES)
  // one buffer for all reads: a new one for each brought on a major collection after every few
  const onread = {
    buffer: room,
    callback: (length: number) => {
      for (const frame of frames.push(room.subarray(0, length))) onMessage(fromFrame(frame))
      return true
    },
  }
  // onread is documented (net.Socket), its type is missing
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: descriptor,
    readable: true,
    writable: true,
    onread,
  }
  const socket = new Socket(options)
  // the worker died: its exit tells the same
  socket.on('error', () => {})
  return {
    socket,
    send: (message) => {
      const { message: readdressed, descriptors } = delivery.pack(message)
      const frame = encodeFrame(readdressed)
      if (descriptors.length === 0) socket.write(frame)
      else sendAfterQueue(socket, descriptor, frame, descriptors)
    },
  }
}

/** Lines for the log travelled beside their message. */
function fromFrame({ message, text }: Frame): FromWorker {
  const received = message as FromWorker // our own worker speaks our own messages
  return received.type === 'closed' ? { ...received, lines: text } : received
}

/** Descriptors go by a call of our own, which must not overtake what the stream has still queued. */
function sendAfterQueue(socket: Socket, descriptor: number, frame: Uint8Array, descriptors: readonly number[]): void {
  if (socket.writableLength > 0) {
    socket.once('drain', () => sendAfterQueue(socket, descriptor, frame, descriptors))
    return
  }
  const sent = sendWithDescriptors(descriptor, frame, descriptors)
  if (sent < 0) socket.destroy(new Error(`handing over listening sockets failed: errno ${-sent}`))
  else if (sent < frame.length) socket.write(frame.subarray(sent))
}

/** Which descriptors a worker has already been given: each travels once. */
class Delivery {
  private delivered = new Set<number>()

  pack(message: ToWorker): { message: ToWorker; descriptors: readonly number[] } {
    const { request } = message
    if (request.do === 'take-flows' || request.do === 'send-flows') {
      const links = request.links.map(({ share }, descriptor) => ({ share, descriptor }))
      const descriptors = request.links.map(({ descriptor }) => descriptor)
      return { message: { ...message, request: { do: request.do, links } }, descriptors }
    }
    if (request.do !== 'configure') return { message, descriptors: [] }
    const descriptors: number[] = []
    const needed = new Set<number>()
    const pack = ({ descriptor, ...listener }: ListenerShape): ListenerShape => {
      if (descriptor === undefined) return listener
      needed.add(descriptor)
      if (this.delivered.has(descriptor)) return listener
      return { ...listener, descriptor: descriptors.push(descriptor) - 1 }
    }
    const { shape } = request
    const frontends = shape.frontends.map((one) => ({ ...one, listeners: one.listeners.map(pack) }))
    this.delivered = needed
    return { message: { ...message, request: { do: 'configure', shape: { ...shape, frontends } } }, descriptors }
  }
}
