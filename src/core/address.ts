/** Where a socket is bound or connected: numeric only, since workers never resolve names. */
import { formatIp, parseIp } from './ip.js'

/** An IP address and port. `host` is canonical text (RFC 5952), never a name, never in brackets. */
export interface InetAddress {
  readonly family: 4 | 6
  readonly host: string
  /** 0 to 65535; 0 binds any free port. */
  readonly port: number
}

/** A unix stream socket by its path. */
export interface UnixAddress {
  readonly family: 'unix'
  readonly path: string
}

/** A host name that the control plane resolves before any worker sees the server. */
export interface NamedAddress {
  readonly family: 'name'
  readonly host: string
  readonly port: number
}

export type Address = InetAddress | UnixAddress

/** What a config may say of a server. */
export type ServerAddress = Address | NamedAddress

/** `host` as an InetAddress, or undefined when it is not an IP address. */
export function inetAddress(host: string, port: number): InetAddress | undefined {
  const bytes = parseIp(host)
  if (!bytes) return undefined
  const text = formatIp(bytes)
  return { family: text.includes(':') ? 6 : 4, host: text, port }
}

/** `127.0.0.1:80`, `[::1]:80`, `db1.example:5432` or `unix:/run/x.sock`; parses back to the same address. */
export function formatAddress(address: ServerAddress): string {
  if (address.family === 'unix') return `unix:${address.path}`
  if (address.family === 6) return `[${address.host}]:${address.port}`
  return `${address.host}:${address.port}`
}
