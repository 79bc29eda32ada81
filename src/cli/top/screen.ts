/** State to lines. Pure, so that tests may read it. */
import type { StatusDocument } from '../../control/runtime-api/status/document.js'
import { formatBytes } from '../format/bytes.js'
import { count, rate } from '../format/count.js'
import { cut } from '../format/cut.js'
import { formatTime } from '../format/time.js'
import { KEYS } from './keys.js'
import { serverLines } from './server-lines.js'
import { sparkline } from './sparkline.js'
import { type Action, chosenServer, type TopState } from './state.js'
import type { Screen } from './surface.js'

/** The fewest rows that head, foot and one server need. */
const LEAST_ROWS = 8
const LEAST_COLUMNS = 60
const MOST_AMISS = 3
/** The totals without their plots, when they are large. */
const TOTALS_WIDTH = 54
const MOST_PLOT = 30

/** As many lines as there are rows, none wider than the screen. */
export function screenLines(state: TopState, screen: Screen): string[] {
  const { columns, rows } = screen
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) {
    return filled([cut(`at least ${LEAST_COLUMNS}x${LEAST_ROWS}, please; q quits`, columns)], rows)
  }
  if (!state.document)
    return filled(
      [state.message?.text ?? 'asking headgate …'].map((line) => cut(line, columns)),
      rows,
    )
  if (state.mode.is === 'help') return filled(helpLines(screen), rows)
  const head = headLines(state, state.document, screen)
  const foot = footLine(state, screen)
  const room = rows - head.length - 1
  return [...filled([...head, ...serverLines(state, state.document, screen, room)], rows - 1), foot]
}

function filled(lines: readonly string[], rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => lines[row] ?? '')
}

const COLOURS = { healthy: 'green', degraded: 'yellow', unhealthy: 'red' } as const

function headLines(state: TopState, document: StatusDocument, screen: Screen): string[] {
  const { columns, paint } = screen
  const { version, status, uptimeMs, engine, workers, pid, stopping, checks } = document
  const about = `: up ${formatTime(uptimeMs)}, ${engine} engine, ${count(workers, 'worker')}, pid ${pid}`
  const pause = state.isPaused ? ', PAUSED' : ''
  const opening = `headgate ${version} is `
  const verdict = stopping ? 'stopping' : status
  const rest = cut(about + pause, columns - opening.length - verdict.length)
  const amiss = checks.filter(({ status }) => status !== 'healthy').map(({ name, words }) => `  ${name}: ${words}`)
  return [
    opening + paint(verdict, COLOURS[status]) + rest,
    totalsLine(state, document, screen),
    ...amiss.slice(0, MOST_AMISS).map((line) => paint(cut(line, columns), 'yellow')),
    '',
  ]
}

function totalsLine({ history }: TopState, { sessions }: StatusDocument, { columns, bars }: Screen): string {
  const all = history.all
  const last = all.at(-1)
  const width = Math.max(0, Math.min(MOST_PLOT, Math.floor((columns - TOTALS_WIDTH) / 3)))
  const plot = (of: (sample: (typeof all)[number]) => number, least: number) =>
    sparkline(all.map(of), width, least, bars)
  const parts = [
    `${count(sessions.live, 'session')}`,
    `${rate(last?.newPerSecond ?? 0)} new/s ${plot((sample) => sample.newPerSecond, 10)}`,
    `in ${formatBytes(last?.inPerSecond ?? 0)}/s ${plot((sample) => sample.inPerSecond, 1_000)}`,
    `out ${formatBytes(last?.outPerSecond ?? 0)}/s ${plot((sample) => sample.outPerSecond, 1_000)}`,
  ]
  const refused = last && last.refusedPerSecond > 0 ? [`${rate(last.refusedPerSecond)} refused/s`] : []
  return cut([...parts, ...refused].join('  '), columns)
}

function footLine(state: TopState, { columns, paint }: Screen): string {
  const { mode, message } = state
  if (mode.is === 'confirm') return paint(cut(question(state, mode), columns), 'bold')
  if (mode.is === 'weight') {
    return paint(cut(`Weight of ${mode.path}, 0 to 256 or a percentage such as 50%: ${mode.text}_`, columns), 'bold')
  }
  if (message) return paint(cut(message.text, columns), message.isBad ? 'red' : 'bold')
  return paint(cut('d drain  r ready  m maint  w weight  space pause  ? help  q quit', columns), 'dim')
}

function question(state: TopState, { path, action }: { path: string; action: Action }): string {
  const server = chosenServer(state)
  if (action.do === 'weight') return `Set the weight of ${path} from ${server?.weight.set} to ${action.weight}? y/n`
  const live = server?.sessions.live ?? 0
  const stay = live > 0 && action.state !== 'ready' ? ` ${count(live, 'session')} of it will go on.` : ''
  return `Set ${path} from ${server?.admin} to ${action.state}?${stay} y/n`
}

function helpLines({ paint, bars }: Screen): string[] {
  return [
    paint('headgate top', 'bold'),
    '',
    ...KEYS.map(([keys, what]) => `  ${keys.padEnd(10)}${what}`),
    '',
    'Each change asks first, and shows how to undo it.',
    '',
    '  WT     weight; * where it is not as configured',
    '  NEW/S  sessions begun in the last second',
    '  BYTES  in the last second, both directions',
    '  CONN   time to connect to the server, mean of that second',
    `  PROBE  time of the last probe; ${bars.failed} failed, or server down`,
    '',
    'Plots: the latest to the right, each scaled to its highest.',
    '',
    paint('any key goes back', 'dim'),
  ]
}
