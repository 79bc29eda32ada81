/** The servers of all backends, each with its plots. */
import type { BackendStatus, ServerStatus, StatusDocument } from '../../control/runtime-api/status/document.js'
import { formatBytes } from '../format/bytes.js'
import type { Colour } from '../format/colour.js'
import { count, rate } from '../format/count.js'
import { cut } from '../format/cut.js'
import type { ServerSample } from './history.js'
import { type Bars, sparkline } from './sparkline.js'
import type { TopState } from './state.js'
import type { Screen } from './surface.js'

/** All columns but the name and the plots, their gaps included. */
const FIXED = 46
const PLOTS = 3
const LEAST_NAME = 12
const MOST_PLOT = 30

interface Layout {
  readonly name: number
  readonly plot: number
}

interface Line {
  readonly text: string
  /** Of a server. */
  readonly path?: string
}

/** At most `room` lines: the head, then the part of the list in which the chosen server is. */
export function serverLines(state: TopState, document: StatusDocument, screen: Screen, room: number): string[] {
  const layout = layoutFor(document, screen.columns)
  const lines = document.backends.flatMap((backend) => [
    { text: backendLine(backend, screen) },
    ...backend.servers.map((server) => ({ text: serverLine(server, state, layout, screen), path: server.path })),
  ])
  return [screen.paint(headLine(layout), 'dim'), ...visible(lines, state.chosen, room - 1).map(({ text }) => text)]
}

/** What is left of the width goes to the names first, as far as they need it, then to the plots. */
function layoutFor({ backends }: StatusDocument, columns: number): Layout {
  const longest = Math.max(LEAST_NAME, ...backends.flatMap(({ servers }) => servers.map(({ name }) => name.length)))
  const leastPlot = columns < 72 ? 0 : 6
  const name = Math.max(LEAST_NAME, Math.min(longest, columns - FIXED - PLOTS * (leastPlot + 1)))
  const plot = Math.floor((columns - FIXED - name) / PLOTS) - 1
  return { name, plot: Math.max(0, Math.min(MOST_PLOT, plot)) }
}

function visible(lines: readonly Line[], chosen: string | undefined, room: number): readonly Line[] {
  if (lines.length <= room) return lines
  const at = Math.max(
    0,
    lines.findIndex(({ path }) => path === chosen),
  )
  const first = Math.max(0, Math.min(lines.length - room, at - Math.floor(room / 2)))
  return lines.slice(first, first + room)
}

function backendLine(
  { name, policy, serving, servers, frontends, waiting, pause }: BackendStatus,
  { columns, paint }: Screen,
): string {
  const colour: Colour = serving === 0 ? 'red' : serving < servers.length ? 'yellow' : 'green'
  const fed = frontends.length === 0 ? '' : `, fed by ${frontends.join(' ')}`
  const paused = pause?.state === 'paused' ? 'PAUSED, ' : ''
  const queue = waiting.now > 0 ? `, ${count(waiting.now, 'session')} waiting` : ''
  const line = `${name}: ${paused}${policy}, ${serving} of ${servers.length} serving${queue}${fed}`
  return paint(cut(line, columns), paused === '' ? colour : 'yellow')
}

function headLine({ name, plot }: Layout): string {
  const plotted = (head: string, width: number) => `${head.padStart(width)}${' '.repeat(plot === 0 ? 0 : plot + 1)}`
  return [
    `  ${'SERVER'.padEnd(name)}`,
    'STATE'.padEnd(8),
    'WT'.padStart(4),
    'LIVE'.padStart(5),
    plotted('NEW/S', 5),
    'BYTES'.padStart(5),
    plotted('CONN', 5),
    plotted('PROBE', 5).trimEnd(),
  ].join(' ')
}

function serverLine(server: ServerStatus, state: TopState, { name, plot }: Layout, screen: Screen): string {
  const { paint, bars } = screen
  const samples = state.history.of(server.path)
  const last = samples.at(-1)
  const isChosen = server.path === state.chosen
  const label = cut(server.name, name).padEnd(name)
  const plotted = (value: string, draw: (samples: readonly ServerSample[], width: number, bars: Bars) => string) =>
    `${value.padStart(5)}${plot === 0 ? '' : ` ${draw(samples, plot, bars)}`}`
  return [
    `${isChosen ? '>' : ' '} ${isChosen ? paint(label, 'bold') : label}`,
    paint(cut(server.status, 8).padEnd(8), stateColour(server)),
    weightOf(server).padStart(4),
    amount(server.sessions.live).padStart(5),
    plotted(newOf(last), newPlot),
    formatBytes(last?.bytesPerSecond ?? 0).padStart(5),
    plotted(milliseconds(last?.connectMs), connectPlot),
    plotted(probeOf(server), probePlot).trimEnd(),
  ].join(' ')
}

/** In five columns. */
function amount(number: number): string {
  return number < 100_000 ? String(number) : formatBytes(number)
}

function newOf(last: ServerSample | undefined): string {
  const perSecond = last?.newPerSecond ?? 0
  return perSecond < 100 ? rate(perSecond) : amount(Math.round(perSecond))
}

function stateColour({ health, serving }: ServerStatus): Colour {
  return health === 'down' ? 'red' : serving ? 'green' : 'yellow'
}

function weightOf({ weight }: ServerStatus): string {
  return weight.set === weight.configured ? String(weight.set) : `${weight.set}*`
}

const newPlot = (samples: readonly ServerSample[], width: number, bars: Bars) =>
  sparkline(
    samples.map(({ newPerSecond }) => newPerSecond),
    width,
    10,
    bars,
  )
const connectPlot = (samples: readonly ServerSample[], width: number, bars: Bars) =>
  sparkline(
    samples.map(({ connectMs }) => connectMs),
    width,
    1,
    bars,
  )
const probePlot = (samples: readonly ServerSample[], width: number, bars: Bars) =>
  sparkline(
    samples.map(({ probe }) => probe),
    width,
    5,
    bars,
  )

function probeOf({ check }: ServerStatus): string {
  if (!check?.last) return '-'
  return check.last.passed ? milliseconds(check.last.durationMs) : 'fail'
}

/** In five columns: `0.4ms`, `123ms`, `1.2s`, `-` for none. */
function milliseconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-'
  if (ms < 9.95) return `${ms.toFixed(1)}ms`
  return ms < 999.5 ? `${Math.round(ms)}ms` : `${(ms / 1_000).toFixed(1)}s`
}
