/**
 * Tells an end from a reset that looks like one. When a reset comes while data is still unread, libuv reads the data, sees
 * the hang-up and reports an end without having asked for it (uv__stream_io: a partial read and POLLHUP; libuv issue 2319,
 * changed by its pull request 4997). A cut download would then look complete.
 */
import { readSync } from 'node:fs'
import type { Socket } from 'node:net'
import { codeOf } from './error-code.js'

const oneByte = new Uint8Array(1)

/** To be called in a socket's 'end' event. The errno name of the reset, e.g. ECONNRESET; undefined when it truly ended. */
export function hiddenReset(socket: Socket): string | undefined {
  const descriptor = descriptorOf(socket)
  if (descriptor === undefined) return undefined
  try {
    // at a true end the kernel answers 0 as often as it is asked
    return readSync(descriptor, oneByte) === 0 ? undefined : 'ECONNRESET'
  } catch (error) {
    return codeOf(error)
  }
}

/** Not in Node's documentation, yet the same since its first versions; elsewhere than on Unix there is none. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null) return undefined
  const descriptor: unknown = Reflect.get(handle, 'fd')
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined
}
