/** The control channel of a worker thread: messages by structured clone over its parentPort. */
import { type MessagePort, parentPort } from 'node:worker_threads'
import type { ToWorker } from '../../core/messages.js'
import type { Channel, ChannelHandlers } from '../engine.js'

/**
 * @param port the worker's end; a test may pass one of its own
 * @throws when there is no control plane: the engine runs on a process's main thread
 */
export function openControlChannel(handlers: ChannelHandlers, port: MessagePort | null = parentPort): Channel {
  if (!port) throw new Error('portable engine: openChannel needs a worker thread, started by the control plane')
  // the control plane is the only sender, and types what it sends as ToWorker
  port.on('message', (message: ToWorker) => handlers.onMessage(message))
  port.on('close', () => handlers.onClosed())
  return {
    send: (message) => port.postMessage(message),
    isFull: false,
    isEmpty: true,
  }
}
