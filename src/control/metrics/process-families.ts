/** Metrics of the workers, of headgate as a whole, and of the control plane's process. */
import { readdirSync } from 'node:fs'
import type { WorkerCounter } from '../../core/scoreboard/counters.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { ProcessInfo } from '../runtime-api/process-info.js'
import { counter, type Family, gauge, over, seconds } from './family.js'

export interface WorkerFacts {
  readonly engine: string
  readonly count: number
  /** Workers that run at present. */
  readonly running: number
  /** How often one died since the start. */
  readonly deaths: number
}

export function workerFamilies(board: Scoreboard, workers: WorkerFacts): readonly Family[] {
  const indexes = Array.from({ length: workers.count }, (_, worker) => worker)
  const totalOf = (worker: number, name: WorkerCounter) => board.workerCounter(worker, name)
  const { each, total } = over(
    () => indexes,
    (worker) => ({ worker: String(worker) }),
    totalOf,
  )
  const counted = (name: string, help: string, of: WorkerCounter) => counter(name, help, ['worker'], total(of))
  return [
    gauge('workers', 'Workers configured.', [], (add) => add({}, workers.count)),
    gauge('workers_running', 'Workers that run now.', [], (add) => add({}, workers.running)),
    counter('worker_deaths', 'Workers that died and were started again.', [], (add) => add({}, workers.deaths)),
    gauge(
      'worker_live_sessions',
      'Sessions alive in this worker.',
      ['worker'],
      each((w) => board.liveOfWorker(w)),
    ),
    counted('worker_records_dropped', 'Session lines that were not logged: the channel was full.', 'recordsDropped'),
    counted('worker_descriptors_exhausted', 'Times this worker ran out of file descriptors.', 'descriptorsExhausted'),
    counted('worker_loops', 'Turns of the event loop.', 'loops'),
  ]
}

/** @param now Unix time, ms */
export function headgateFamilies(
  board: Scoreboard,
  { version, startedAt }: ProcessInfo,
  { engine }: WorkerFacts,
  log: { readonly dropped: number },
  now: () => number,
): readonly Family[] {
  const build = { version, engine, node: process.version }
  return [
    gauge('build_info', 'What runs, always 1.', ['version', 'engine', 'node'], (add) => add(build, 1)),
    gauge('uptime_seconds', 'Time since the start.', [], (add) => add({}, seconds(now() - startedAt))),
    gauge('live_sessions', 'Sessions alive now.', [], (add) => add({}, board.liveOfAll())),
    gauge('max_sessions', 'Limit of live sessions, 0 for none.', [], (add) => add({}, board.maxSessions)),
    counter('log_lines_dropped', 'Log lines lost because nobody read them.', [], (add) => add({}, log.dropped)),
  ]
}

/** By the names that every Prometheus client has for them, so without our prefix. */
export function processFamilies(startedAt: number): readonly Family[] {
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the control plane, and of workers that are threads.',
      type: 'counter',
      labels: [],
      collect(add) {
        const { user, system } = process.cpuUsage()
        add({}, (user + system) / 1_000_000)
      },
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Memory of the control plane, and of workers that are threads.',
      type: 'gauge',
      labels: [],
      collect: (add) => add({}, process.memoryUsage.rss()),
    },
    {
      name: 'process_start_time_seconds',
      help: 'Unix time of the start.',
      type: 'gauge',
      labels: [],
      collect: (add) => add({}, seconds(startedAt)),
    },
    {
      name: 'process_open_fds',
      help: 'File descriptors open in the control plane; only on Linux.',
      type: 'gauge',
      labels: [],
      collect: (add) => {
        const open = openDescriptors()
        if (open !== undefined) add({}, open)
      },
    },
  ]
}

function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1 // less the one that reads the folder
  } catch {
    return undefined
  }
}
