/** Is all well? One word, and why not. */
import type { Registry } from '../../registry/registry.js'
import type { Server } from '../../registry/server.js'

/**
 * - `healthy`: every server that should serve does; what an operator took out is not missed
 * - `degraded`: every frontend has a server, but some server is down
 * - `unhealthy`: some frontend has no server to give, or headgate is stopping
 */
export const OVERALL_STATES = ['healthy', 'degraded', 'unhealthy'] as const
export type Overall = (typeof OVERALL_STATES)[number]

export interface Verdict {
  readonly status: Overall
  /** Each reason in words, the gravest first; empty when healthy. */
  readonly problems: readonly string[]
}

export function judge(registry: Registry, isStopping: boolean): Verdict {
  const grave = [
    ...(isStopping ? ['stopping: no new sessions are taken'] : []),
    ...registry.frontends
      .filter(({ backend }) => backend.serving.length === 0)
      .map(({ name, backend }) => `frontend ${name} has no server: none of backend ${backend.name} can serve`),
  ]
  const slight = registry.backends.flatMap(({ servers }) => servers.filter(isMissed).map(describe))
  const status = grave.length > 0 ? 'unhealthy' : slight.length > 0 ? 'degraded' : 'healthy'
  return { status, problems: [...grave, ...slight] }
}

function isMissed({ admin, health, resolved }: Server): boolean {
  return admin === 'ready' && (health === 'down' || !resolved)
}

function describe({ path, check, lastHealthChange, resolved, resolution }: Server): string {
  if (!resolved) return `server ${path} has no address: ${resolution?.failure ?? 'its name is being resolved'}`
  const why = check?.last && !check.last.passed ? check.last.words : lastHealthChange?.why
  return `server ${path} is down${why ? `: ${why}` : ''}`
}
