/** Makes way for a unix listener where a dead process has left its socket file. */
import { lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'

/**
 * Removes the socket file at `path` if nobody answers on it. Files that are no sockets stay.
 * @param onDone whether the path is free now
 */
export function removeStaleSocket(path: string, onDone: (isFree: boolean) => void): void {
  if (!isSocket(path)) {
    onDone(false)
    return
  }
  const probe = connect({ path })
  probe.on('connect', () => {
    probe.destroy()
    onDone(false)
  })
  probe.on('error', (error: NodeJS.ErrnoException) => onDone(error.code === 'ECONNREFUSED' && unlinked(path)))
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false
}

function unlinked(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    // not ours to remove: the caller reports the address as in use
    return false
  }
}
