/** Where the daemon's stats socket is: --socket, then HEADGATE_SOCKET, then the config's default. */
import { DEFAULT_SOCKET } from '../../config/default-socket.js'
import { type Address, inetAddress, parseBindAddress } from '../../core/address.js'
import type { Io } from '../io.js'

/** @param given what --socket said */
export function socketAddress(given: string | undefined, { env }: Io): Address {
  return parseSocket(given || env.HEADGATE_SOCKET || DEFAULT_SOCKET)
}

/** `host:port` is TCP, everything else a path. */
function parseSocket(text: string): Address {
  const port = /^localhost:(\d{1,5})$/.exec(text)?.[1]
  const local = port === undefined ? undefined : inetAddress('127.0.0.1', Number(port))
  if (local) return local
  const inet = parseBindAddress(text)
  return inet.ok ? inet.value : { family: 'unix', path: text.replace(/^unix:(\/\/)?/, '') }
}
