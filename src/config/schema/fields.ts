/**
 * The kinds of values. Each has words that complete "found …, expected …": they are the message of every issue that
 * zod raises about it, and `expected` in its metadata, where docs/configuration.md reads them.
 */
import * as z from 'zod'
import {
  type Address,
  fitsUnixSocket,
  type InetAddress,
  isLoopback,
  type Parsed,
  parseBindAddress,
  parseListenAddress,
  parseServerAddress,
} from '../../core/address.js'
import { DURATION_SHAPE, formatDuration, parseDuration } from '../../core/duration.js'
import { NAME } from '../../core/name.js'
import { oneOf } from '../one-of.js'

/** A table that knows all its keys. */
export function table<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = oneOf(Object.keys(shape))
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? keys : 'a table') })
}

/** Tables by name. `__proto__` never comes this far. */
export function named<Schema extends z.ZodType>(schema: Schema, expected: string) {
  return z.record(name(), schema, expected).refine((tables) => Object.keys(tables).length > 0, expected)
}

/** One of several shapes. What is wrong inside the shape that was meant is said of it; else these words. */
export function either<const Shapes extends readonly [z.ZodType, ...z.ZodType[]]>(expected: string, shapes: Shapes) {
  return z.union(shapes, expected).meta({ expected })
}

/** An array that is not empty. */
export function listOf<Schema extends z.ZodType>(schema: Schema, expected: string) {
  return z.array(schema, expected).min(1, expected).meta({ expected })
}

export function flag() {
  return z.boolean('true or false').meta({ expected: 'true or false' })
}

export function integer(from: number, to: number, expected = `an integer from ${from} to ${to}`) {
  return z.int(expected).min(from, expected).max(to, expected).meta({ expected })
}

/** Sessions at one time; 0 means no limit. */
export function limit() {
  return integer(0, 10_000_000, 'an integer from 0 (no limit) to 10000000')
}

export function choice<const Names extends readonly [string, ...string[]]>(names: Names) {
  const expected = oneOf(names.map((one) => `"${one}"`))
  return z.enum(names, oneOf(names)).meta({ expected })
}

/** HAProxy's letters for proxies and servers; the first a letter or digit, so that no name looks like an option. */
export function name() {
  const expected = 'a name of 1 to 64 letters, digits and ". _ - :", beginning with a letter or digit'
  return z.string(expected).regex(NAME, expected).meta({ expected })
}

/** A string that `parse` turns into something better. */
export function parsed<T>(expected: string, parse: (text: string) => Parsed<T>) {
  return z
    .string(expected)
    .transform((text, context): T => {
      const result = parse(text)
      if (result.ok) return result.value
      context.issues.push({ code: 'custom', message: result.expected, input: text })
      return z.NEVER
    })
    .meta({ expected })
}

/** Node's and epoll's timers end at 2^31 ms, which is 24.8 days. */
const LONGEST_MS = 24 * 86_400_000

interface DurationLimits {
  readonly from?: number
  readonly to?: number
  /** The kernel counts this one in seconds. */
  readonly wholeSeconds?: true
}

/** Milliseconds. */
export function duration(limits: DurationLimits = {}) {
  return durationField(limits, false)
}

/** Milliseconds; "off" is 0. */
export function durationOrOff(limits: DurationLimits = {}) {
  return durationField(limits, true)
}

function durationField({ from = 1, to = LONGEST_MS, wholeSeconds }: DurationLimits, mayBeOff: boolean) {
  const step = wholeSeconds ? 1000 : 1
  const low = Math.max(from, step)
  const kind = wholeSeconds ? 'a duration in whole seconds' : 'a duration'
  const range = `${kind} from ${formatDuration(low)} to ${formatDuration(to)}, such as "1m30s"`
  const expected = mayBeOff ? `"off", or ${range}` : range
  const schema = parsed(expected, (text): Parsed<number> => {
    const ms = mayBeOff && text === 'off' ? 0 : parseDuration(text)
    const fits = ms !== undefined && ms % step === 0 && ms <= to && (ms >= low || text === 'off')
    return fits ? { ok: true, value: ms } : { ok: false, expected }
  })
  return schema.meta({ pattern: `^(?:${mayBeOff ? 'off|' : ''}${DURATION_SHAPE})$` })
}

export function serverAddress() {
  return parsed('IP:PORT, [IPv6]:PORT, HOST:PORT or unix:/PATH', parseServerAddress)
}

export function listenAddress() {
  return parsed('an address such as tcp://0.0.0.0:5432, udp://[::]:53 or unix:/run/db.sock', parseListenAddress)
}

export function bindAddress() {
  return parsed('an IP address and port, such as 127.0.0.1:9108', parseBindAddress)
}

/** Whoever reaches this port steers the balancer. */
export function loopbackAddress() {
  const expected = 'a loopback address and port, such as 127.0.0.1:9999'
  return parsed(expected, (text): Parsed<InetAddress> => {
    const address = parseBindAddress(text)
    return address.ok && !isLoopback(address.value) ? { ok: false, expected } : address
  })
}

/** Where HAProxy's runtime API may be spoken. */
export function statsAddress() {
  const expected = 'unix:/PATH, or tcp:// with a loopback address, such as tcp://127.0.0.1:9998'
  return parsed(expected, (text): Parsed<Address> => {
    const parsed = parseListenAddress(text)
    if (!parsed.ok) return { ok: false, expected }
    const { protocol, address } = parsed.value
    const isOurs = protocol === 'tcp' && (address.family === 'unix' || isLoopback(address))
    return isOurs ? { ok: true, value: address } : { ok: false, expected }
  })
}

/** Permissions of a file, as a number. */
export function fileMode() {
  const expected = 'a mode of four octal digits, such as "0660"'
  return parsed(
    expected,
    (text): Parsed<number> =>
      /^0[0-7]{3}$/.test(text) ? { ok: true, value: Number.parseInt(text, 8) } : { ok: false, expected },
  ).meta({ pattern: '^0[0-7]{3}$' })
}

export function socketPath() {
  const expected = 'an absolute path of at most 107 bytes'
  return parsed(expected, (text): Parsed<string> => {
    const isPath = text.startsWith('/') && !text.includes('\0') && fitsUnixSocket(text)
    return isPath ? { ok: true, value: text } : { ok: false, expected }
  })
}

/** A file that is read later, when it is needed. */
export function filePath() {
  const expected = 'an absolute path of a file'
  return parsed(expected, (text): Parsed<string> => {
    const isPath = /^\/.*[^/]$/s.test(text) && !text.includes('\0')
    return isPath ? { ok: true, value: text } : { ok: false, expected }
  })
}

export function statePath() {
  const expected = '"off", or an absolute path'
  return parsed(expected, (text): Parsed<string> => {
    const isPath = /^\/.*[^/]$/s.test(text) && !text.includes('\0')
    return isPath || text === 'off' ? { ok: true, value: text } : { ok: false, expected }
  })
}
