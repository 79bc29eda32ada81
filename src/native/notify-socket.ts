/** One datagram to a unix socket, which Node cannot send: unix(7). */
import { AF_UNIX, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_DGRAM } from './constants.js'
import { errnoName } from './errno-name.js'
import { SOCKADDR_UN } from './layout.js'
import { close, connect, errno, sendBytes, socket } from './libc.js'
import { Region } from './region.js'

/** @param path of the socket; `@name` is an abstract one. Returns the errno name of what went wrong. */
export function sendDatagramTo(path: string, text: string): string | undefined {
  const name = new TextEncoder().encode(path)
  if (name.length >= SOCKADDR_UN.pathSize) return 'ENAMETOOLONG'
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return errnoName(errno())
  try {
    const address = new Region(SOCKADDR_UN.size)
    address.setU16(0, AF_UNIX)
    address.bytes.set(name, SOCKADDR_UN.path)
    // an abstract name begins with a NUL and ends with the address
    if (path.startsWith('@')) address.bytes[SOCKADDR_UN.path] = 0
    const bytes = new TextEncoder().encode(text)
    const isSent =
      connect(fd, address.address, SOCKADDR_UN.path + name.length + (path.startsWith('@') ? 0 : 1)) === 0 &&
      sendBytes(fd, bytes, bytes.length, MSG_NOSIGNAL) >= 0
    return isSent ? undefined : errnoName(errno())
  } finally {
    close(fd)
  }
}
