/**
 * A closed session as a line of the log, in the same JSON as every other line. Made in the worker, once: control passes
 * the text on as it is, since to take a record apart and put it together again cost more than the session itself.
 */
import type { CancelWay, CloseReason } from './reasons.js'

/** One ended session, or a refused one. Times in milliseconds. */
export interface CloseRecord {
  readonly id: string
  readonly protocol: 'tcp' | 'udp'
  readonly frontend: string
  /** Absent when the session was refused before the choice between several. */
  readonly backend: string | undefined
  /** Absent when the session was refused before the choice. */
  readonly server: string | undefined
  /** `address:port` of the client. */
  readonly client: string
  readonly reason: CloseReason
  /** Of a CancelRequest. */
  readonly cancel: CancelWay | undefined
  /** Unix time at which it ended. */
  readonly endedAt: number
  readonly durationMs: number
  /** Time that it had to wait for a server. */
  readonly waitMs: number | undefined
  /** Time to connect to the server, retries included. */
  readonly connectMs: number | undefined
  /** Servers tried before this one. */
  readonly retries: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** UDP only. */
  readonly datagramsIn: number | undefined
  readonly datagramsOut: number | undefined
  /** The system's word where there is one, e.g. ECONNREFUSED. */
  readonly detail: string | undefined
}

/** Ends with a newline. Names need no escapes: the config allows none that would. */
export function sessionLine(record: CloseRecord): string {
  const { client, backend, server, cancel, waitMs, connectMs, datagramsIn, datagramsOut, detail } = record
  // the path of a unix client is the client's own choice
  const from = client.startsWith('unix:') ? JSON.stringify(client) : `"${client}"`
  return (
    `{"level":"info","time":"${isoTime(record.endedAt)}","event":"session","id":"${record.id}"` +
    `,"protocol":"${record.protocol}","frontend":"${record.frontend}"` +
    (backend === undefined ? '' : `,"backend":"${backend}"`) +
    (server === undefined ? '' : `,"server":"${server}"`) +
    `,"client":${from},"reason":"${record.reason}"` +
    (cancel === undefined ? '' : `,"cancel":"${cancel}"`) +
    `,"began":"${isoTime(record.endedAt - record.durationMs)}","duration_ms":${milliseconds(record.durationMs)}` +
    (waitMs === undefined ? '' : `,"wait_ms":${milliseconds(waitMs)}`) +
    (connectMs === undefined ? '' : `,"connect_ms":${milliseconds(connectMs)}`) +
    `,"retries":${record.retries},"bytes_in":${record.bytesIn},"bytes_out":${record.bytesOut}` +
    (datagramsIn === undefined ? '' : `,"datagrams_in":${datagramsIn},"datagrams_out":${datagramsOut}`) +
    (detail === undefined ? '}\n' : `,"detail":"${detail}"}\n`)
  )
}

/** Three digits, by their number: to pad each anew costs a call into the runtime, and a line has four of them. */
const DIGITS: readonly string[] = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(3, '0'))

/** With three decimals. From whole numbers: the shortest text of a fraction is dear to find. */
function milliseconds(ms: number): string {
  const us = Math.round(ms * 1_000)
  const whole = Math.floor(us / 1_000)
  return `${whole}.${DIGITS[us - whole * 1_000]}`
}

let cachedSecond = Number.NaN
let cachedText = ''

/** RFC 3339 in UTC with milliseconds. Formatting a date costs ten times the rest, and most fall into a second just seen. */
export function isoTime(unixMs: number): string {
  const ms = Math.floor(unixMs)
  const second = Math.floor(ms / 1_000)
  if (second !== cachedSecond) {
    cachedSecond = second
    cachedText = new Date(second * 1_000).toISOString().slice(0, 20)
  }
  return `${cachedText}${DIGITS[ms - second * 1_000]}Z`
}
