/** `check = { type = "http", … }` */
import * as z from 'zod'
import type { Parsed } from '../../../core/address.js'
import { parseBytes } from '../bytes.js'
import { choice, either, listOf, parsed, table } from '../fields.js'
import { schedule } from './schedule.js'
import { tls } from './tls.js'

const METHODS = ['GET', 'HEAD', 'OPTIONS'] as const
const STATUS = 'a status such as 200, a class such as "2xx", or an array of them'
const ONE_WAY = 'a path or roles, not both'
const BODY = 'method = "GET" beside it, for an answer with a body'

const roles = table({
  primary: path().optional().describe('Asked first. When it passes, the server is the primary.'),
  replica: path().optional().describe('Asked when the first did not pass. When this does, the server is a replica.'),
}).refine(({ primary, replica }) => primary !== undefined || replica !== undefined, 'primary, replica, or both')

export const http = table({
  type: z.literal('http').describe('Asks over HTTP, and judges status and body.'),
  ...schedule,
  method: choice(METHODS).prefault('GET').describe('How to ask.'),
  path: path().optional().describe('What to ask for, query included. Default: `"/"`.'),
  roles: roles.optional().describe('Paths that tell the role of a server, in place of `path`.'),
  host: host().optional().describe('The header `Host`. Default: address and port of the server.'),
  status: either(STATUS, [...oneStatus().options, listOf(oneStatus(), STATUS)])
    .prefault('2xx')
    .describe('Which statuses pass.'),
  expect: body().optional().describe('What must stand somewhere in the first 64 kB of the body. Default: nothing.'),
  tls: tls.optional().describe('Whether, and how, to speak TLS. Default: no.'),
})
  .refine(({ path, roles }) => path === undefined || roles === undefined, { path: ['path'], error: ONE_WAY })
  .refine(({ method, expect }) => expect === undefined || method === 'GET', { path: ['expect'], error: BODY })
  .transform(({ path = '/', roles, status, ...same }) => ({
    ...same,
    paths: roles ? pathsOf(roles) : [{ path }],
    statuses: [status].flat(),
  }))

function pathsOf({ primary, replica }: z.output<typeof roles>) {
  return [
    ...(primary === undefined ? [] : [{ path: primary, role: 'primary' as const }]),
    ...(replica === undefined ? [] : [{ path: replica, role: 'replica' as const }]),
  ]
}

/** What RFC 9112 lets a request line hold, as it is: whoever wants another character writes it `%20`. */
function path() {
  const expected = 'a path such as "/replica?lag=10MB", without blanks'
  return z
    .string(expected)
    .regex(/^\/[!-~]{0,2047}$/, expected)
    .meta({ expected })
}

function host() {
  const expected = 'a host name, with a port or without'
  return z
    .string(expected)
    .regex(/^[A-Za-z0-9._:[\]-]{1,260}$/, expected)
    .meta({ expected })
}

function oneStatus() {
  return either(STATUS, [
    z.int(STATUS).min(100, STATUS).max(599, STATUS).transform(only),
    parsed(STATUS, (text): Parsed<StatusRange> => {
      const [, hundreds, rest] = /^([1-5])(\d\d|xx)$/.exec(text) ?? []
      if (hundreds === undefined) return { ok: false, expected: STATUS }
      const from = Number(hundreds) * 100
      return { ok: true, value: rest === 'xx' ? { from, to: from + 99 } : only(from + Number(rest)) }
    }).meta({ pattern: '^[1-5](\\d\\d|xx)$' }),
  ])
}

/** Both included. */
interface StatusRange {
  readonly from: number
  readonly to: number
}

function only(status: number): StatusRange {
  return { from: status, to: status }
}

function body() {
  const expected = "ASCII text of 1 to 1024 bytes, other bytes as '\\xNN' in single quotes"
  return parsed(expected, (text): Parsed<Uint8Array> => {
    const value = parseBytes(text)
    return value && value.length > 0 && value.length <= 1_024 ? { ok: true, value } : { ok: false, expected }
  })
}
