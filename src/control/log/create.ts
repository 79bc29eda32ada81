/** Makes the log. The only place that knows pino. */
import { isatty } from 'node:tty'
import { pino } from 'pino'
import type { SessionLines } from '../../core/messages.js'
import { withoutWaiting } from './descriptor.js'
import { LOG_EVENTS, type LogFormat, type LogLevel } from './events.js'
import { Log } from './log.js'
import { Output } from './output.js'
import { prettyLine, prettyLines } from './pretty.js'

export interface LogOptions {
  readonly level: LogLevel
  /** `auto` is pretty on a terminal, else JSON lines. */
  readonly format: LogFormat
  /** Default: standard output. */
  readonly descriptor?: number
}

/** Some ten thousand session lines. */
const QUEUE_BOUND = 4 * 1024 * 1024
const EXIT_PATIENCE_MS = 1_000

export function createLog({ level, format, descriptor = 1 }: LogOptions): Log {
  const isTerminal = isatty(descriptor)
  const isPretty = format === 'pretty' || (format === 'auto' && isTerminal)
  const colour = isTerminal && !process.env.NO_COLOR
  const output = new Output({
    descriptor: withoutWaiting(descriptor),
    bound: QUEUE_BOUND,
    onDropped: (lines) =>
      logger[LOG_EVENTS['log-dropped']]({ event: 'log-dropped', count: lines }, droppedWords(lines)),
  })
  const logger = pino<never>(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    isPretty ? { write: (line) => output.write(prettyLine(line, colour)) } : output,
  )
  const writeLines = (lines: SessionLines, count: number) =>
    output.write(isPretty ? prettyLines(textOf(lines), colour) : lines, count)
  const flush = () => output.flush(EXIT_PATIENCE_MS)
  process.once('exit', flush)
  return new Log(logger, output, writeLines, () => {
    process.off('exit', flush)
    flush()
  })
}

function textOf(lines: SessionLines): string {
  return typeof lines === 'string' ? lines : new TextDecoder().decode(lines)
}

function droppedWords(lines: number): string {
  return `${lines} log ${lines === 1 ? 'line' : 'lines'} dropped: nobody read them in time`
}
