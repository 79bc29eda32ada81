/** Memory that several processes map: a memfd, inherited or handed over as a descriptor. */
import { MAP_SHARED, MFD_CLOEXEC, PROT_READ, PROT_WRITE } from './constants.js'
import { errnoName } from './errno-name.js'
import { close, errno, ftruncate, memfdCreate, mmap, NULL, toPointer, viewOf } from './libc.js'

/** The memory and the descriptor that another process maps it by. */
export interface SharedMemory {
  readonly descriptor: number
  readonly memory: ArrayBuffer
}

/** Creates `bytes` of zeroed memory: memfd_create(2). Untouched pages cost nothing. Throws when the system refuses. */
export function createSharedMemory(name: string, bytes: number): SharedMemory {
  const descriptor = memfdCreate(name, MFD_CLOEXEC)
  if (descriptor < 0) throw refused('memfd_create', name)
  if (ftruncate(descriptor, bytes) < 0) {
    const error = refused('ftruncate', name)
    close(descriptor)
    throw error
  }
  return { descriptor, memory: mapSharedMemory(descriptor, bytes) }
}

/** Maps `bytes` of a descriptor made by `createSharedMemory`, for good: there is no way to unmap a live ArrayBuffer. */
export function mapSharedMemory(descriptor: number, bytes: number): ArrayBuffer {
  const at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
  if (at === -1) throw refused('mmap', `descriptor ${descriptor}`)
  return viewOf(toPointer(BigInt(at)), bytes)
}

function refused(call: string, what: string): Error {
  return new Error(`shared memory: ${call} of ${what} failed with ${errnoName(errno())}`)
}
