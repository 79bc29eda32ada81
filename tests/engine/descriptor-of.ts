/** The descriptor of a connected socket of Node's, for what Node has no call for. */
import type { Socket } from 'node:net'

export function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle')
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  if (typeof descriptor !== 'number' || descriptor < 0) throw new Error('a socket without a descriptor')
  return descriptor
}
