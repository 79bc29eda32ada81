/** One function for each kind of line. The fields are for programs, `msg` says the same in words. */
import type { Logger } from 'pino'
import { type Address, formatAddress } from '../../core/address.js'
import { formatDuration } from '../../core/duration.js'
import type { SessionLines, WorkerNotice } from '../../core/messages.js'
import type { AdminState } from '../../core/server-state.js'
import type { AuditEntry } from '../audit/audit.js'
import type { Backend } from '../registry/backend.js'
import { type Frontend, formatSplit, type Split } from '../registry/frontend.js'
import type { Pause } from '../registry/pause.js'
import type { Server } from '../registry/server.js'
import { settingOf } from '../settings/list.js'
import { formatValue } from '../settings/value.js'
import type { StateEntry } from '../state/entry.js'
import type { DroppedEntry } from '../state/merge.js'
import type { Heir } from '../upgrade/upgrade.js'
import { LOG_EVENTS, type LogEvent, type LogFields, type LogLevel } from './events.js'
import type { Output } from './output.js'
import { RecentEvents } from './recent.js'
import { count, named } from './words.js'

export interface Startup {
  readonly version: string
  readonly engine: string
  readonly workers: number
  readonly pid: number
  /** Path of the config file. */
  readonly config: string
  readonly socket: string
  /** `host:port` of the metrics. */
  readonly metrics?: string | undefined
}

export class Log {
  /** Every line but sessions', whatever the level. */
  readonly recent = new RecentEvents()

  constructor(
    private readonly logger: Logger<never>,
    private readonly output: Output,
    /** Takes whole lines of JSON that are already made. */
    private readonly writeLines: (lines: SessionLines, count: number) => void,
    private readonly onClose: () => void,
  ) {}

  /** The least serious line that is written from now on. */
  set level(level: LogLevel) {
    this.logger.level = level
  }
  /** Whether session lines are written at this level. */
  get writesSessions(): boolean {
    return this.logger.isLevelEnabled(LOG_EVENTS.session)
  }
  /** Lines lost because nobody read them. */
  get dropped(): number {
    return this.output.dropped
  }
  /** Writes what is queued, for a second at most; the process does so by itself on every way out but SIGKILL. */
  close(): void {
    this.onClose()
  }

  startup(facts: Startup): void {
    const { version, engine, workers, config } = facts
    const words = `headgate ${version} runs ${config}: engine ${engine}, ${count(workers, 'worker')}`
    this.line('startup', words, { ...facts })
  }
  /** `engine = "auto"` could not take the linux engine. */
  engineFellBack(engine: string, why: string): void {
    this.line('engine-fallback', `engine ${engine}: ${why}`, { engine, why })
  }
  configWarning(why: string): void {
    this.line('config-warning', why, {})
  }
  /** @param by the signal or client; @param changes a line each */
  reloaded(by: string, config: string, changes: readonly string[], durationMs: number): void {
    const what = changes.length === 0 ? 'no change' : `${count(changes.length, 'change')}: ${shortened(changes)}`
    const fields = { by, config, count: changes.length, changes, duration_ms: Math.round(durationMs) }
    this.line('reload', `reload by ${by}: ${what}`, fields)
  }
  /** Nothing has changed. */
  reloadRefused(by: string, config: string, why: string): void {
    const words = why.replaceAll('\n', ' | ')
    this.line('reload-refused', `reload by ${by} changed nothing: ${words}`, { by, config, why: words })
  }
  listenerBound(frontend: string, protocol: 'tcp' | 'udp', at: Address): void {
    const address = formatAddress(at)
    this.line('listener-bound', `frontend ${frontend} listens on ${protocol} ${address}`, {
      frontend,
      protocol,
      address,
    })
  }
  /** @param by the signal or command */
  upgrading(by: string): void {
    this.line('upgrading', `${by}: a new headgate is started`, { by })
  }
  upgradeFailed(by: string, why: string): void {
    this.line('upgrade-failed', `no upgrade, all is as before: ${why}`, { by, why })
  }
  /** The heir takes every new session; this process keeps those that it has. @param moved UDP flows that went along */
  handedOver({ generation, pid, version }: Heir, sessions: number, moved: number): void {
    const left = `${count(sessions, 'session')} left here, ${count(moved, 'UDP flow')} moved`
    const words = `generation ${generation} runs: headgate ${version}, pid ${pid}; ${left}`
    this.line('handed-over', words, { generation, pid, version, sessions, count: moved })
  }
  /** @param by the signal or command */
  stopping(by: string, sessions: number, deadlineMs: number): void {
    const wait = sessions > 0 ? `, waits up to ${formatDuration(deadlineMs)} for ${count(sessions, 'session')}` : ''
    this.line('stopping', `${by}: no new sessions${wait}`, { by, sessions, deadline_ms: deadlineMs })
  }
  /** @param cut sessions that did not end in time */
  stopped(cut: number, durationMs: number): void {
    const words = cut > 0 ? `stopped: ${count(cut, 'session')} cut` : 'stopped: every session had ended'
    this.line('stopped', words, { count: cut, duration_ms: Math.round(durationMs) })
  }

  /** @param lines `count` lines, as the workers made them (core/session-line): they only pass through */
  sessions(lines: SessionLines, count: number): void {
    if (this.writesSessions) this.writeLines(lines, count)
  }

  serverUp(server: Server, serving: number, why: string): void {
    this.line('server-up', `${server.path} is up: ${why}`, { ...named(server), why, serving })
  }
  serverDown(server: Server, serving: number, why: string): void {
    const left = `${count(serving, 'server')} of ${server.settings.backend} left, ${count(server.live, 'session')} on it`
    const probe_reason = server.lastHealthChange?.reason
    const fields = { ...named(server), why, probe_reason, serving, sessions: server.live }
    this.line('server-down', `${server.path} is down: ${why} (${left})`, fields)
  }
  /** It is not probed then, and stays what it is. */
  probeMisconfigured(server: Server, why: string): void {
    const words = `${server.path} cannot be probed and stays ${server.health}: ${why}`
    this.line('probe-misconfigured', words, { ...named(server), why, probe_reason: server.check?.last?.reason })
  }
  /** What it said last holds on while it is silent. */
  agentAnswers(server: Server, is: boolean, why: string): void {
    if (is) return this.line('agent-answers', `agent of ${server.path} answers: ${why}`, { ...named(server), why })
    const words = `agent of ${server.path} does not answer, what it said last holds: ${why}`
    this.line('agent-silent', words, { ...named(server), why })
  }
  backendUp({ name }: Backend, why: string): void {
    this.line('backend-up', `backend ${name} has a server again: ${why}`, { backend: name, why })
  }
  /** @param dividing frontends whose other backends take its share */
  backendDown({ name }: Backend, why: string, dividing: readonly string[] = []): void {
    const fate = dividing.length > 0 ? `; its share of ${dividing.join(', ')} goes to the others` : ''
    this.line('backend-down', `backend ${name} has no server left: ${why}${fate}`, { backend: name, why })
  }

  adminChanged(server: Server, from: AdminState, to: AdminState, by: string): void {
    this.line('admin-state', `${server.path} from ${from} to ${to}, by ${by}`, { ...named(server), from, to, by })
  }
  weightChanged(server: Server, from: number, to: number, by: string): void {
    this.line('weight', `weight of ${server.path} from ${from} to ${to}, by ${by}`, { ...named(server), from, to, by })
  }
  splitChanged({ name: frontend }: Frontend, was: Split, is: Split, by: string): void {
    const [from, to] = [was, is].map(formatSplit)
    this.line('split', `split of ${frontend} from ${from} to ${to}, by ${by}`, { frontend, from, to, by })
  }
  paused({ name: backend, serving }: Backend, { by, timeoutMs }: Pause): void {
    const words = `backend ${backend} is paused for ${formatDuration(timeoutMs)} at most, by ${by}: new sessions wait`
    this.line('paused', words, { backend, by, deadline_ms: timeoutMs, serving: serving.length })
  }
  /** @param waiting sessions, until now */
  resumed({ name, serving }: Backend, { by, since }: Pause, waiting: number): void {
    const lastedMs = Date.now() - since
    const fate = serving.length > 0 ? '' : ', and wait on for a server'
    const words = `backend ${name} is resumed after ${(lastedMs / 1_000).toFixed(1)} s, by ${by}: ${count(waiting, 'session')} waited${fate}`
    this.line('resumed', words, { backend: name, by, duration_ms: lastedMs, waiting, serving: serving.length })
  }
  /** Nobody resumed it. @param waiting sessions, until now */
  pauseTimedOut({ name: backend, serving }: Backend, { by, timeoutMs }: Pause, waiting: number): void {
    const fate = serving.length > 0 ? 'get a server' : 'are refused: there is no server'
    const words = `the pause of backend ${backend} by ${by} ended after ${formatDuration(timeoutMs)}: ${count(waiting, 'session')} ${fate}`
    this.line('pause-timeout', words, { backend, by, deadline_ms: timeoutMs, waiting, serving: serving.length })
  }
  /** @param by undefined where the resolver found it */
  addressChanged(server: Server, was: Address | undefined, by: string | undefined): void {
    const [from, to] = [was, server.resolved].map((address) => (address ? formatAddress(address) : 'none'))
    const words = `address of ${server.path} from ${from} to ${to}${by === undefined ? '' : `, by ${by}`}`
    this.line('address', words, { ...named(server), from, to, by })
  }
  /** A setting that has no line of its own. */
  settingChanged({ kind, target, was, is, by }: AuditEntry): void {
    const { label } = settingOf(kind)
    const [from, to] = [formatValue(was), formatValue(is)]
    const [backend = '', server] = target.split('/')
    const subject = server !== undefined ? { backend, server } : target === '' ? {} : { frontend: target }
    const words = `${label}${target === '' ? '' : ` of ${target}`} from ${from} to ${to}, by ${by}`
    this.line('changed', words, { ...subject, setting: kind, from, to, by })
  }
  /** Changes that were made at run time, before this start. */
  stateRestored(file: string, kept: readonly StateEntry[]): void {
    const words = `${count(kept.length, 'runtime change')} restored from ${file}: ${listed(kept)}`
    this.line('state-restored', words, { file, count: kept.length, changes: kept.slice(0, MOST_LISTED).map(inWords) })
  }
  /** Changes that were made at run time, and that an edited config beat. */
  stateDropped(dropped: readonly DroppedEntry[]): void {
    const entries = dropped.map(({ entry }) => entry)
    const words = `${count(dropped.length, 'runtime change')} dropped, for the config says otherwise now: ${listed(entries)}`
    this.line('state-dropped', words, { count: dropped.length, changes: entries.slice(0, MOST_LISTED).map(inWords) })
  }
  /** @param aside its new name; undefined when it could not be given one */
  stateUnusable(file: string, problems: readonly string[], aside: string | undefined): void {
    const where = aside === undefined ? '' : `; it is now ${aside}`
    this.line('state-unusable', `state file ${file}: ${problems.slice(0, MOST_LISTED).join('; ')}${where}`, {
      file,
      why: problems[0],
      count: problems.length,
      to: aside,
    })
  }
  /** What is changed at run time will be forgotten at a stop. */
  stateNotKept(file: string, why: string): void {
    this.line('state-not-kept', `runtime changes are not kept in ${file}: ${why}`, { file, why })
  }
  stateKeptAgain(file: string): void {
    this.line('state-kept-again', `runtime changes are kept in ${file} again`, { file })
  }
  nameFailing(host: string, why: string, servers: readonly Server[]): void {
    const kept = servers.some((server) => server.resolved)
      ? 'the last good address stays'
      : 'it never did, so it has no server'
    const fields = { host, why, servers: servers.map(({ path }) => path) }
    this.line('name-failing', `${host} does not resolve: ${why}; ${kept} (${fields.servers.join(', ')})`, fields)
  }
  nameRecovered(host: string, servers: readonly Server[]): void {
    this.line('name-recovered', `${host} resolves again`, { host, servers: servers.map(({ path }) => path) })
  }

  /**
   * @param lost sessions that ended with it
   * @param pauseMs until it starts again; undefined where it does not
   */
  workerDied(worker: number, why: string, lost: number, pauseMs: number | undefined): void {
    const next =
      pauseMs === undefined
        ? 'not started again: headgate accepts no more'
        : `starts again in ${formatDuration(pauseMs)}`
    const words = `worker ${worker} died: ${why}; ${count(lost, 'session')} lost, ${next}`
    this.line('worker-died', words, { worker, why, sessions: lost, pause_ms: pauseMs })
  }
  workerRestarted(worker: number, pid: number): void {
    this.line('worker-restarted', `worker ${worker} runs again`, { worker, pid })
  }
  /** A restarted worker could not bind. */
  workerRefused(worker: number, listener: string, code: string): void {
    const fields = { worker, address: listener, detail: code }
    this.line('worker-refused', `worker ${worker} cannot bind ${listener}: ${code}`, fields)
  }
  workerNotice(notice: WorkerNotice, detail: string): void {
    this.line('worker-notice', `${notice}: ${detail}`, { notice, detail })
  }
  /** Session lines that a worker could not hand over: the control channel was full. */
  recordsDropped(worker: number, dropped: number): void {
    const words = `${count(dropped, 'session line')} of worker ${worker} dropped: more sessions ended than could be logged`
    this.line('records-dropped', words, { worker, count: dropped })
  }
  /** Something failed that should not; what it was about, and the error with its stack. */
  failure(about: string, error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    this.line('failure', `${about}: ${message}`, { why: message, stack })
  }

  /** For the lines that are worded where they are followed. */
  line(event: LogEvent, words: string, fields: LogFields): void {
    this.logger[LOG_EVENTS[event]]({ event, ...fields }, words)
    const { stack: _, ...told } = fields
    this.recent.note(event, words, told)
  }
}

/** The fields have them all. */
const MOST_IN_WORDS = 5

function shortened(lines: readonly string[]): string {
  const rest = lines.length - MOST_IN_WORDS
  return [...lines.slice(0, MOST_IN_WORDS), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ')
}

const MOST_LISTED = 10

/** `replicas/r1 weight 50` */
function inWords({ kind, target, value }: StateEntry): string {
  const { label } = settingOf(kind)
  return `${target === '' ? label : `${target} ${label}`} ${formatValue(value)}`
}

function listed(entries: readonly StateEntry[]): string {
  const more = entries.length > MOST_LISTED ? ` and ${entries.length - MOST_LISTED} more` : ''
  return `${entries.slice(0, MOST_LISTED).map(inWords).join(', ')}${more}`
}
