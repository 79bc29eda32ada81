/** How to write to a descriptor without ever waiting for whoever reads it. */
import { constants, fstatSync, openSync } from 'node:fs'

const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants

/**
 * A descriptor for the same output on which a write that would wait fails with EAGAIN instead.
 *
 * A pipe or terminal is opened anew through /proc, for O_NONBLOCK belongs to the open file: set on what we inherited, it
 * would also strike every other process that shares it. A socket (the journal of systemd) cannot be opened anew; there
 * Node's own `process.stdout` sets O_NONBLOCK. A regular file never makes a write wait for a reader.
 */
export function withoutWaiting(descriptor: number): number {
  const stat = fstatSync(descriptor)
  if (stat.isFile()) return descriptor
  if (!stat.isSocket()) {
    try {
      return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
    } catch {
      // no /proc, or a pipe made by another user: the same way as for a socket
    }
  }
  touchStandardStream(descriptor)
  return descriptor
}

/** libuv sets O_NONBLOCK on a pipe or socket when its stream is made, and a getter makes it. */
function touchStandardStream(descriptor: number): void {
  if (descriptor === 1) void process.stdout.writable
  if (descriptor === 2) void process.stderr.writable
}
