/** What the audit calls a client of the stats socket. */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Address } from '../../../core/address.js'
import { nativeAvailability } from '../../../native/available.js'
import type { PeerCredentials } from '../../../native/peer-credentials.js'
import { userName } from './user-name.js'

/** Asks the kernel who is at the other end of a unix socket, by its descriptor. */
export type AskPeer = (fd: number) => PeerCredentials | undefined

/** Loads the native binding; where none works, nobody is known. */
export async function peerAsker(): Promise<AskPeer> {
  const available = await nativeAvailability()
  return available.ok ? (await import('../../../native/peer-credentials.js')).peerCredentials : () => undefined
}

/**
 * `runtime-api alice (uid 1000, pid 4711)`; `runtime-api root (uid 0, pid 4711, login alice)` after sudo;
 * `runtime-api 127.0.0.1:40312` over TCP; `runtime-api unix` where the system does not tell.
 */
export function peerName(socket: Socket, at: Address, ask: AskPeer): string {
  if (at.family !== 'unix') return `runtime-api ${socket.remoteAddress}:${socket.remotePort}`
  const fd = descriptorOf(socket)
  const peer = fd === undefined ? undefined : ask(fd)
  return `runtime-api ${peer ? credentialsInWords(peer) : 'unix'}`
}

function credentialsInWords({ uid, pid }: PeerCredentials): string {
  const name = userName(uid)
  const login = pid > 0 ? loginOf(pid) : undefined
  const facts = [
    ...(name === undefined ? [] : [`uid ${uid}`]),
    ...(pid > 0 ? [`pid ${pid}`] : []),
    ...(login === undefined || login === uid ? [] : [`login ${userName(login) ?? login}`]),
  ]
  return `${name ?? `uid ${uid}`}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`
}

/** The user that logged in, whoever sudo made of him since: pam_loginuid(8). */
function loginOf(pid: number): number | undefined {
  try {
    const uid = Number(readFileSync(`/proc/${pid}/loginuid`, 'utf8'))
    return uid === NOBODY_LOGGED_IN ? undefined : uid
  } catch {
    // it has ended already, or the kernel keeps no audit
    return undefined
  }
}
const NOBODY_LOGGED_IN = 0xffff_ffff

/** Node has no public way to a socket's descriptor; without it the client only stays unnamed. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  return typeof fd === 'number' && fd >= 0 ? fd : undefined
}
