/** Log lines for people: `09:21:00.123 warn  server-down  db/r1 is down: …`. */
import { LOG_EVENTS, type LogLevel } from './events.js'

const COLOURS: Readonly<Record<LogLevel, string>> = { debug: '2', info: '32', warn: '33', error: '31' }
const EVENT_WIDTH = Math.max(...Object.keys(LOG_EVENTS).map((event) => event.length))
/** Told already, or by the words of `msg`. */
const LEFT_OUT: ReadonlySet<string> = new Set(['level', 'time', 'event', 'msg', 'stack'])

type Line = Readonly<Record<string, unknown>> & { readonly level: LogLevel; readonly time: string }

/** @param json one line as pino wrote it */
export function prettyLine(json: string, colour: boolean): string {
  const line = JSON.parse(json) as Line // written by our own logger, a moment ago
  const paint = (code: string, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)
  const time = paint('2', localTime(line.time))
  const level = paint(COLOURS[line.level] ?? '0', line.level.padEnd(5))
  const event = paint('1', String(line.event ?? '').padEnd(EVENT_WIDTH))
  const stack = typeof line.stack === 'string' ? `\n${line.stack}` : ''
  return `${time} ${level} ${event} ${harmless(line.msg === undefined ? pairs(line) : String(line.msg))}${stack}\n`
}

/** @param text any number of lines, each with its newline */
export function prettyLines(text: string, colour: boolean): string {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => prettyLine(line, colour)).join('')
}

function localTime(iso: string): string {
  const time = new Date(iso)
  const two = (n: number) => String(n).padStart(2, '0')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`
}

function pairs(line: Line): string {
  return Object.entries(line)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(
      ([key, value]) => `${key}=${typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
    )
    .join(' ')
}

/** No control character reaches the terminal: JSON had them escaped. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
