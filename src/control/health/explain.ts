/** Why a server is in its state, in words for a person. */
import { formatAddress } from '../../core/address.js'
import { formatDuration } from '../../core/duration.js'
import type { AskedRole } from '../../core/lane.js'
import type { Backend } from '../registry/backend.js'
import type { Change, Server } from '../registry/server.js'
import { lagWords } from '../roles/lag.js'
import { roleObstacle } from '../roles/obstacle.js'

/**
 * Sentences without a full stop, the most telling first: what it is and since when and why; what the operator said; what
 * became of its host name; what the last probe saw.
 * @param now Unix time, ms
 */
export function explain(server: Server, now: number): readonly string[] {
  const probe = lastProbe(server, now)
  return probe === undefined ? circumstances(server, now) : [...circumstances(server, now), probe]
}

/** As `explain`, but for the probes. */
export function circumstances(server: Server, now: number): readonly string[] {
  return [
    health(server, now),
    database(server, now),
    admin(server, now),
    weight(server, now),
    effectiveWeight(server),
    agent(server, now),
    name(server, now),
  ].filter((sentence) => sentence !== undefined)
}

/**
 * What keeps a new session from a server at this moment, each in a few words: `drain, set by … 5s ago`, `down for 2m5s:
 * connection refused by …`. Empty when it may be chosen.
 * @param asked role that a frontend asks for
 */
export function obstacles(server: Server, now: number, asked: AskedRole = 'any'): readonly string[] {
  const { board, slot, live } = server
  const max = board.server(slot, 'maxSessions')
  const found: string[] = []
  if (server.admin !== 'ready') found.push(`${server.admin}, ${setBy(server.lastAdminChange, now)}`)
  if (server.health === 'down') found.push(downWords(server, now))
  const unfit = roleObstacle(server, asked)
  if (unfit) found.push(unfit)
  if (server.weight === 0) found.push(`weight 0, ${setBy(server.lastWeightChange, now)}`)
  else if (server.effectiveWeight === 0) found.push('weight 0 by its agent')
  if (max > 0 && live >= max) found.push(`at its limit of ${max} ${max === 1 ? 'session' : 'sessions'}`)
  return found
}

/** What keeps every new session of a backend from its servers, in a few words; undefined unless it is paused. */
export function pauseWords({ pause }: Backend, now: number): string | undefined {
  if (pause?.state !== 'paused') return undefined
  return `paused by ${pause.by} ${ago(pause.since, now)} ago, for ${ago(now, pause.until)} more at most`
}

function downWords(server: Server, now: number): string {
  const since = server.lastHealthChange?.at ?? server.addedAt
  return `down for ${ago(since, now)}: ${reasonOfHealth(server) ?? 'its probes fail'}`
}

function health(server: Server, now: number): string {
  const since = server.lastHealthChange?.at ?? server.addedAt
  const why = reasonOfHealth(server)
  return `health ${server.health} ${sinceWords(since, now)}${why ? `: ${why}` : ''}`
}

/** Why the health is what it is; undefined when the last probe, good, says it all. */
export function reasonOfHealth({
  lastHealthChange,
  check,
  resolved,
  resolution,
  settings,
}: Server): string | undefined {
  if (lastHealthChange) return lastHealthChange.why
  if (!resolved && settings.address.family === 'name') {
    const failure = resolution?.failure ? `: ${resolution.failure}` : ''
    return `${settings.address.host} has never resolved${failure}`
  }
  if (!check) return 'it has no check'
  return check.last ? undefined : 'trusted until its first failed probe'
}

function database({ role, roleSince, lag, isLagging }: Server, now: number): string | undefined {
  if (!role) return undefined
  const behind = lag ? `, ${lagWords(lag)}` : ''
  const consequence = isLagging ? ': beyond max_lag, no new sessions' : ''
  return `${role} ${sinceWords(roleSince, now)}${behind}${consequence}`
}

function admin(server: Server, now: number): string {
  const consequence = { ready: '', drain: ': no new sessions', maint: ': no new sessions and no probes' }[server.admin]
  return `admin state ${server.admin}, ${setBy(server.lastAdminChange, now)}${consequence}`
}

function weight(server: Server, now: number): string | undefined {
  if (!server.lastWeightChange && server.weight > 0) return undefined
  const consequence = server.weight === 0 ? ': the policy gives it no new session' : ''
  return `weight ${server.weight}, ${setBy(server.lastWeightChange, now)}${consequence}`
}

function effectiveWeight({ weight, effectiveWeight, weightFactors }: Server): string | undefined {
  if (weight === effectiveWeight) return undefined
  const factors = [...weightFactors].map(([source, percent]) => `${percent}% by its ${source}`)
  return `effective weight ${effectiveWeight} of ${weight}: ${factors.join(', ')}`
}

function agent({ agent, isAgentOn }: Server, now: number): string | undefined {
  if (!agent) return undefined
  if (!isAgentOn) return 'agent switched off'
  const { said, last } = agent
  if (!last) return 'agent not asked yet'
  const words = said ? `agent at ${said.words}, ${ago(said.at, now)} ago` : 'agent: it never answered'
  return last === said ? words : `${words}; ${ago(last.at, now)} ago: ${last.reason}, ${last.words}`
}

function lastProbe({ check }: Server, now: number): string | undefined {
  if (!check) return undefined
  if (!check.last) return 'no probe yet'
  const { passed, code, reason, words, durationMs, at } = check.last
  return `last probe ${ago(at, now)} ago: ${passed ? code : `${code} ${reason}`}, ${words}, after ${durationMs.toFixed(1)}ms`
}

function name({ settings, resolved, resolution }: Server, now: number): string | undefined {
  if (settings.address.family !== 'name') return undefined
  const { host } = settings.address
  if (!resolution) return `${host} is not resolved yet`
  const at = `${ago(resolution.at, now)} ago`
  if (!resolution.failure) return `${host} is ${resolved ? formatAddress(resolved) : 'nowhere'}, resolved ${at}`
  const kept = resolved ? `the last good address ${formatAddress(resolved)} stays` : 'it has no address'
  return `${host} did not resolve ${at}: ${resolution.failure}; ${kept}`
}

function setBy(change: Change | undefined, now: number): string {
  return change ? `set by ${change.by} ${ago(change.at, now)} ago` : 'as configured'
}

function sinceWords(at: number, now: number): string {
  return `since ${new Date(at).toISOString()} (${ago(at, now)})`
}

/** `400ms`, `3m12s`, `2d5h10m`: to the second, and beyond an hour to the minute. */
function ago(at: number, now: number): string {
  const ms = Math.max(0, Math.round(now - at))
  const unit = ms < 1_000 ? 1 : ms < 3_600_000 ? 1_000 : 60_000
  return formatDuration(Math.floor(ms / unit) * unit)
}
