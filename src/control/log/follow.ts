/** What happens in the control plane becomes lines. */
import type { EventEmitter } from 'node:events'
import { formatChange } from '../../config/difference/format.js'
import { formatConfigWarnings } from '../../config/errors.js'
import { formatAddress } from '../../core/address.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { Audit } from '../audit/audit.js'
import type { Backend } from '../registry/backend.js'
import type { Frontend } from '../registry/frontend.js'
import { BY_TIMEOUT } from '../registry/pause.js'
import type { Registry } from '../registry/registry.js'
import type { ReloadResult } from '../reload/reload-result.js'
import type { Resolver } from '../resolver/resolver.js'
import type { ChangeKind } from '../settings/list.js'
import type { StateKeeper } from '../state/keeper.js'
import type { Cancel, Timing } from '../timing.js'
import type { WorkersEvents } from '../workers/workers.js'
import type { Log } from './log.js'

export function logRegistry(log: Log, registry: Registry): void {
  registry.on('health', (server, is, why) => {
    const serving = registry.backendOf(server).serving.length
    if (is === 'up') log.serverUp(server, serving, why)
    else log.serverDown(server, serving, why)
  })
  registry.on('agent-answers', (server, is, why) => log.agentAnswers(server, is, why))
  registry.on('misconfigured', (server, why) => log.probeMisconfigured(server, why))
  registry.on('backend', (backend, is, why) =>
    is === 'up' ? log.backendUp(backend, why) : log.backendDown(backend, why, dividing(registry, backend)),
  )
  registry.on('admin', (server, was, is, by) => log.adminChanged(server, was, is, by))
  registry.on('weight', (server, was, is, by) => log.weightChanged(server, was, is, by))
  registry.on('split', (frontend, was, is, by) => log.splitChanged(frontend, was, is, by))
  registry.on('pause', (backend, was, is, by, waiting) => {
    if (is?.state === 'paused') log.paused(backend, is)
    else if (is) log.resumed(backend, is, waiting)
    else if (was?.state === 'paused' && by === BY_TIMEOUT) log.pauseTimedOut(backend, was, waiting)
  })
  registry.on('address', (server, was, by) => log.addressChanged(server, was, by))
}

/** Changes of settings whose kind has a line of its own, from logRegistry. */
const TOLD: readonly ChangeKind[] = ['admin', 'weight', 'split', 'address', 'pause']

export function logAudit(log: Log, audit: Audit): void {
  audit.on('change', (change) => {
    if (!TOLD.includes(change.kind)) log.settingChanged(change)
  })
}

/** Frontends that have another backend for the sessions of this one. */
function dividing({ frontends }: Registry, backend: Backend): readonly string[] {
  const takesOver = (frontend: Frontend) =>
    frontend.routes.some((route) => frontend.weightOf(route) > 0 && route.backend.serving.length > 0)
  return frontends
    .filter((frontend) => frontend.backends.includes(backend) && takesOver(frontend))
    .map(({ name }) => name)
}

export function logResolver(log: Log, resolver: Resolver): void {
  resolver.on('failing', (host, why, servers) => log.nameFailing(host, why, servers))
  resolver.on('recovered', (host, servers) => log.nameRecovered(host, servers))
}

/** @param by the signal or client that asked for it */
export function logReload(log: Log, by: string, result: ReloadResult, tookMs: number): void {
  if (!result.ok) return log.reloadRefused(by, result.config, result.why)
  for (const warning of result.warnings) log.configWarning(formatConfigWarnings([warning]))
  log.reloaded(by, result.config, result.changes.map(formatChange), tookMs)
}

/** To be called at the start and after each reload: tells of the listeners that it has not told of. */
export function listenerTeller(log: Log, registry: Registry): () => void {
  let told: ReadonlySet<string> = new Set()
  return () => {
    const present = new Set<string>()
    for (const { name, settings, bound } of registry.frontends) {
      for (const address of bound) {
        const words = `${name} ${settings.protocol} ${formatAddress(address)}`
        if (!told.has(words)) log.listenerBound(name, settings.protocol, address)
        present.add(words)
      }
    }
    told = present
  }
}

export function logState(log: Log, keeper: StateKeeper): void {
  keeper.on('dropped', (dropped) => log.stateDropped(dropped))
  keeper.on('failing', (file, why) => log.stateNotKept(file, `it cannot be written: ${why}`))
  keeper.on('overfull', (file, count) =>
    log.stateNotKept(file, `it would be too large: the ${count} oldest are left out`),
  )
  keeper.on('recovered', (file) => log.stateKeptAgain(file))
}

export function logWorkers(log: Log, workers: EventEmitter<WorkersEvents>): void {
  workers.on('closed', (lines, count) => log.sessions(lines, count))
  workers.on('notice', (notice, detail) => log.workerNotice(notice, detail))
  workers.on('died', (worker, how, lost, pauseMs) => log.workerDied(worker, how, lost, pauseMs))
  workers.on('restarted', (worker, pid) => log.workerRestarted(worker, pid))
  workers.on('refused-shape', (worker, listener, code) => log.workerRefused(worker, listener, code))
}

const LOOK_EVERY_MS = 10_000

/** Says every ten seconds how many session lines the workers could not hand over since. */
export function logDroppedRecords(log: Log, board: Scoreboard, timing: Timing): Cancel {
  const seen = new Array<number>(board.capacity.workers).fill(0)
  const look = () => {
    for (const [worker, before] of seen.entries()) {
      const now = board.workerCounter(worker, 'recordsDropped')
      seen[worker] = now
      if (now > before) log.recordsDropped(worker, now - before)
    }
    cancel = timing.after(LOOK_EVERY_MS, look)
  }
  let cancel = timing.after(LOOK_EVERY_MS, look)
  return () => cancel()
}
