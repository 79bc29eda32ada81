/** Addresses: where a socket is bound or connected, and how people write it. */
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

/** Numeric only, since workers never resolve names. */
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

/** What a frontend binds. A unix socket carries a stream. */
export type ListenAddress =
  | { readonly protocol: 'tcp'; readonly address: Address }
  | { readonly protocol: 'udp'; readonly address: InetAddress }

/** As a config has it: `tcp://0.0.0.0:5432`, `unix:/run/x.sock`. */
export function formatListenAddress(protocol: 'tcp' | 'udp', address: Address): string {
  return address.family === 'unix' ? formatAddress(address) : `${protocol}://${formatAddress(address)}`
}

/** A value, or words for what should have stood there: they complete "expected …" and never repeat the text itself. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string }

const found = <T>(value: T): Parsed<T> => ({ ok: true, value })
const refused = (expected: string) => ({ ok: false, expected }) as const

/** `10.0.0.11:5432`, `[2001:db8::1]:5432`, `db1.example:5432` or `unix:/run/db.sock`. Port 1 to 65535. */
export function parseServerAddress(text: string): Parsed<ServerAddress> {
  if (text.startsWith('unix:')) return parseUnixAddress(text)
  if (text.includes('://')) return refused('an address without a scheme, such as 10.0.0.11:5432')
  const parts = splitPort(text, 1)
  if (!parts.ok) return parts
  const { host, port, bracketed } = parts.value
  const numeric = inetAddress(host, port)
  if (numeric) return found(numeric)
  if (bracketed) return refused('an IPv6 address in the brackets, such as [2001:db8::1]:5432')
  const isName = isHostName(host)
  return isName.ok ? found({ family: 'name', host, port }) : isName
}

/** `tcp://0.0.0.0:5432`, `udp://[::]:53` or `unix:/run/x.sock`; `*` is every IPv4 address. Port 0 takes any free one. */
export function parseListenAddress(text: string): Parsed<ListenAddress> {
  if (text.startsWith('unix:')) {
    const path = parseUnixAddress(text)
    return path.ok ? found({ protocol: 'tcp', address: path.value }) : path
  }
  const [, protocol, rest] = /^(tcp|udp):\/\/(.*)$/s.exec(text) ?? []
  if (rest === undefined) return refused('tcp://, udp:// or unix: in front, such as tcp://0.0.0.0:5432')
  const bind = parseBindAddress(rest)
  if (!bind.ok) return bind
  return found({ protocol: protocol === 'udp' ? 'udp' : 'tcp', address: bind.value })
}

/** `127.0.0.1:9108`, `[::1]:9108`, or `*:9108` for every IPv4 address. Port 0 takes any free one. */
export function parseBindAddress(text: string): Parsed<InetAddress> {
  const parts = splitPort(text, 0)
  if (!parts.ok) return parts
  const { host, port } = parts.value
  const address = inetAddress(host === '*' ? '0.0.0.0' : host, port)
  return address ? found(address) : refused('an IP address of this machine, or * for all, such as 0.0.0.0:5432')
}

/** `unix:/run/x.sock` (also `unix:///run/x.sock`): an absolute path that fits sockaddr_un, unix(7). */
export function parseUnixAddress(text: string): Parsed<UnixAddress> {
  const path = /^unix:(?:\/\/)?(\/[^/].*)$/s.exec(text)?.[1]
  if (path === undefined || path.includes('\0')) return refused('an absolute path, such as unix:/run/db.sock')
  if (!fitsUnixSocket(path)) return refused('a socket path of at most 107 bytes')
  return found({ family: 'unix', path })
}

/** sun_path holds 108 bytes, the last of them NUL: unix(7). */
export function fitsUnixSocket(path: string): boolean {
  return new TextEncoder().encode(path).length <= 107
}

/** 127.0.0.0/8 (RFC 1122, section 3.2.1.3) or ::1. */
export function isLoopback(address: InetAddress): boolean {
  return address.family === 4 ? address.host.startsWith('127.') : address.host === '::1'
}

interface HostPort {
  readonly host: string
  readonly port: number
  readonly bracketed: boolean
}

function splitPort(text: string, lowest: 0 | 1): Parsed<HostPort> {
  const bracketed = /^\[([^[\]]*:[^[\]]*)\](?::(.*))?$/s.exec(text)
  const plain = /^([^:[\]]*)(?::([^:]*))?$/s.exec(text)
  const [, host, digits] = bracketed ?? plain ?? []
  if (host === undefined) return refused('an IPv6 address in brackets, with a port, such as [2001:db8::1]:5432')
  if (host === '' || (digits === undefined && /^\d+$/.test(host))) {
    return refused('an address in front of the port, such as 127.0.0.1:5432')
  }
  if (digits === undefined) return refused('a port behind the address, such as 127.0.0.1:5432')
  const port = /^(?:0|[1-9]\d{0,4})$/.test(digits) ? Number(digits) : Number.NaN
  if (!(port >= lowest && port <= 65_535)) return refused(`a port from ${lowest} to 65535`)
  return found({ host, port, bracketed: bracketed !== null })
}

/** Letters, digits, `-` and the `_` of container names: RFC 1123 section 2.1; a last label of digits is a mistyped IPv4. */
function isHostName(host: string): Parsed<true> {
  const labels = host.replace(/\.$/, '').split('.')
  if (/^\d+$/.test(labels.at(-1) ?? '')) return refused('an IPv4 address of four numbers from 0 to 255, or a host name')
  const fits = host.length <= 253 && labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label))
  return fits ? found(true) : refused('an IP address or a host name of letters, digits, "-", "_" and "."')
}
