/** Who is at the other end of a unix socket, as the kernel saw it at connect(2): unix(7), SO_PEERCRED. */
import { SO_PEERCRED, SOL_SOCKET } from './constants.js'
import { getsockopt } from './libc.js'
import { Region } from './region.js'

export interface PeerCredentials {
  /** 0 when the peer is in a process namespace that this one cannot see. */
  readonly pid: number
  /** 65534, the overflow user, when the peer's user does not exist in this user namespace. */
  readonly uid: number
}

/** struct ucred: three 32-bit words pid, uid, gid. */
const UCRED_SIZE = 12
const credentials = new Region(UCRED_SIZE)
const length = new Region(4)

/** Undefined when `fd` is no connected unix socket. */
export function peerCredentials(fd: number): PeerCredentials | undefined {
  length.setI32(0, UCRED_SIZE)
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials.address, length.address) !== 0) return undefined
  const [pid, uid] = [credentials.i32(0), credentials.i32(4) >>> 0]
  // a socket that is no unix socket, or has no peer, has pid 0 and uid -1
  return uid === NOBODY_AT_ALL ? undefined : { pid, uid }
}

const NOBODY_AT_ALL = 0xffff_ffff
