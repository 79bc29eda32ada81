/**
 * A primary where nobody listens any more, or that is just ending or starting: what serves there next may be a replica. It
 * takes no writes before it has said what it is. Workers meet that first, so it is asked as soon as they do.
 */
import type { ProbeReason } from '../health/probes/reasons.js'
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import type { Cancel, Timing } from '../timing.js'

/** Whose probes go to the very port that sessions go to, and not to somebody who knows about it. */
const ASKED_THEMSELVES: readonly string[] = ['postgres', 'mysql', 'redis']
const REFUSALS: ReadonlySet<ProbeReason | undefined> = new Set(['refused', 'not-ready'])
const BETWEEN_LOOKS_MS = 50
/** While no server has shown that it is a primary: most configs know no roles. */
const WITHOUT_PRIMARY_MS = 1_000

/** By its last probe. */
export function isRefusing({ check, probeAt }: Server, settings: Backend['settings']): boolean {
  const { check: probe } = settings
  if (!probe || !ASKED_THEMSELVES.includes(probe.type)) return false
  const isElsewhere = probe.port !== undefined || probeAt.host !== undefined || probeAt.port !== undefined
  return !isElsewhere && REFUSALS.has(check?.last?.reason)
}

export class Refusals {
  /** Connects that each server had refused when it was looked at last. */
  private readonly seen = new WeakMap<Server, number>()
  private cancel: Cancel | undefined

  /** @param ask probes a server now */
  constructor(
    private readonly registry: Registry,
    private readonly ask: (server: Server) => void,
    private readonly timing: Timing,
  ) {}

  start(): void {
    const primaries = this.registry.backends.map(({ primary }) => primary).filter((primary) => primary !== undefined)
    for (const primary of primaries) this.look(primary)
    const pauseMs = primaries.length > 0 ? BETWEEN_LOOKS_MS : WITHOUT_PRIMARY_MS
    this.cancel = this.timing.after(pauseMs, () => this.start())
  }

  stop(): void {
    this.cancel?.()
  }

  private look(primary: Server): void {
    const refused = primary.board.totalOfServer(primary.slot, 'connectRefused')
    const before = this.seen.get(primary) ?? refused
    this.seen.set(primary, refused)
    if (refused > before) this.ask(primary)
  }
}
