/** A rebalance as the runtime API tells it. */
import type { AskedRole } from '../../../core/lane.js'
import { formatRate } from '../../../core/rate.js'
import type { RebalanceRun, RebalanceSettings, RebalanceState } from '../../rebalance/rebalance-run.js'
import type { Standing } from '../../rebalance/standing.js'
import type { Backend } from '../../registry/backend.js'

/** What `json` answers. */
export interface RebalanceDocument {
  readonly backend: string
  /** `planned` of a dry run. */
  readonly state: RebalanceState | 'planned'
  readonly by: string
  /** Unix time, ms. */
  readonly beganAt: number
  readonly endedAt: number | null
  readonly idleMs: number
  /** As `5/s`. */
  readonly rate: string
  /** Sessions, up to now. */
  readonly closed: number
  /** Sessions that are too many still. */
  readonly surplus: number
  /** Sessions that were there before and are not back, closed or not. */
  readonly away: number
  readonly servers: readonly RebalancedServer[]
}

/** Of one kind of sessions; a server may stand there once for each. */
export interface RebalancedServer {
  readonly server: string
  /** What the frontends of these sessions ask for. */
  readonly role: AskedRole
  readonly sessions: number
  readonly share: number
  readonly idle: number
  readonly surplus: number
}

export function planDocument(
  backend: Backend,
  settings: RebalanceSettings,
  standing: Standing,
  by: string,
): RebalanceDocument {
  const now = Date.now()
  return { ...common(backend, settings, standing), state: 'planned', by, beganAt: now, endedAt: now, closed: 0 }
}

export function runDocument(run: RebalanceRun): RebalanceDocument {
  const { backend, settings, standing, state, by, beganAt, endedAt = null, closed } = run
  return { ...common(backend, settings, standing), state, by, beganAt, endedAt, closed }
}

function common({ name }: Backend, { idleMs, perHour }: RebalanceSettings, { places, surplus, away }: Standing) {
  const servers = places.map(({ server, group, live, share, idle, surplus }) => ({
    server: server.name,
    role: group.role,
    sessions: live,
    share: Number(share.toFixed(2)),
    idle,
    surplus,
  }))
  return { backend: name, idleMs, rate: formatRate(perHour), surplus, away, servers }
}

export function rebalanceText({ backend, state, closed, surplus, away, servers }: RebalanceDocument): string {
  const head = `# ${backend}: ${state}, ${closed} closed, ${surplus} too many, ${away} away`
  const lines = servers.map(({ server, role, sessions, share, idle, surplus }) =>
    [server, role, sessions, share, idle, surplus].join(' '),
  )
  return [head, '# server role sessions share idle surplus', ...lines, ''].join('\n')
}
