/** Each question of `headgate init`: its flag, its default, and how an answer is read. */
import {
  formatAddress,
  type InetAddress,
  type Parsed,
  parseBindAddress,
  parseServerAddress,
} from '../../core/address.js'
import { isName } from '../../core/name.js'
import type { Answers, Database, InitServer } from './database.js'

export interface Field<T> {
  readonly flag: string
  readonly question: string
  /** As it would be typed. */
  readonly byDefault: string
  parse(text: string): Parsed<T>
}

export type Fields = {
  readonly [Key in Exclude<keyof Answers, 'servers'>]: Field<Answers[Key]>
}

export function fieldsFor({ name, listen, longestUser }: Database): Fields {
  return {
    rw: {
      flag: '--rw',
      question: 'Port, or address and port, for writes',
      byDefault: `127.0.0.1:${listen.rw}`,
      parse: parseListen,
    },
    ro: {
      flag: '--ro',
      question: 'Port, or address and port, for reads',
      byDefault: `127.0.0.1:${listen.ro}`,
      parse: parseListen,
    },
    user: {
      flag: '--user',
      question: 'User that the check logs in as',
      byDefault: 'headgate',
      parse: (text) => parseUser(text, longestUser),
    },
    passwordFile: {
      flag: '--password-file',
      question: 'File with its password',
      byDefault: `/etc/headgate/${name}.password`,
      parse: parsePath,
    },
  }
}

/** A port alone is on loopback: who wants to be reached says so. */
function parseListen(text: string): Parsed<InetAddress> {
  const parsed = parseBindAddress(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text)
  if (parsed.ok && parsed.value.port > 0) return parsed
  return { ok: false, expected: 'a port from 1 to 65535, or an IP address and port, such as 0.0.0.0:5432' }
}

/** No quote, no blank, nothing that a shell, SQL, TOML or an ACL could take for more than a letter. */
function parseUser(text: string, longest: number): Parsed<string> {
  const isUser = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(text) && text.length <= longest
  const expected = `a name of 1 to ${longest} letters, digits and "_ . -"`
  return isUser ? { ok: true, value: text } : { ok: false, expected }
}

function parsePath(text: string): Parsed<string> {
  const isPath = /^\/[^\0$]*[^/\0$]$/.test(text)
  return isPath ? { ok: true, value: text } : { ok: false, expected: 'an absolute path' }
}

/**
 * `r1=10.0.0.11:5432`; without a port the database's own.
 * @param known names that are taken
 */
export function parseServer(text: string, { port }: Database, known: readonly string[]): Parsed<InitServer> {
  const [, name = '', where = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  if (!isName(name)) return { ok: false, expected: `NAME=ADDRESS, such as r1=10.0.0.11:${port}` }
  if (known.includes(name)) return { ok: false, expected: `another name than ${name}, which is taken` }
  const given = parseServerAddress(where)
  const address = given.ok ? given : parseServerAddress(`${where.includes(':') ? `[${where}]` : where}:${port}`)
  if (!address.ok) return { ok: false, expected: `NAME=ADDRESS with ${given.ok ? '' : given.expected}` }
  return { ok: true, value: { name, address: address.value } }
}

export function serverWords({ name, address }: InitServer): string {
  return `${name}=${formatAddress(address)}`
}
