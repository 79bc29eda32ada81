/** What the list of sessions and the log say of a TCP session. */
import { type Address, formatAddress } from '../../core/address.js'
import type { SessionInfo } from '../../core/messages.js'
import type { CancelWay, CloseReason } from '../../core/reasons.js'
import type { CloseRecord } from '../../core/session-line.js'
import type { Engine } from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'
import type { SessionWait } from './session-wait.js'

export interface SessionFacts {
  readonly id: string
  readonly frontend: string
  readonly backend: string | undefined
  readonly server: string | undefined
  readonly client: Address
  readonly beganAt: number
  readonly wait: SessionWait | undefined
  readonly connectMs: number | undefined
  readonly retries: number
  readonly counters: FlowCounters | undefined
  readonly cancel: CancelWay | undefined
}

export function infoOf(facts: SessionFacts, now: number): SessionInfo {
  const { id, frontend, backend, server, client, beganAt, wait, counters } = facts
  return {
    id,
    protocol: 'tcp',
    frontend,
    ...(backend !== undefined && { backend }),
    ...(server !== undefined && { server }),
    client: formatAddress(client),
    ...(wait?.place && { waitingMs: Math.round(now - wait.since) }),
    ageMs: Math.round(now - beganAt),
    idleMs: Math.max(0, Math.round(now - (counters?.lastAt ?? beganAt))),
    bytesIn: counters?.bytesIn ?? 0,
    bytesOut: counters?.bytesOut ?? 0,
  }
}

/** Every field by its name: to copy the rest of an object costs more than all of them, and each session ends with this. */
export function recordOf(
  facts: SessionFacts,
  reason: CloseReason,
  detail: string | undefined,
  engine: Pick<Engine, 'now' | 'wallClock'>,
): CloseRecord {
  const { counters } = facts
  return {
    id: facts.id,
    protocol: 'tcp',
    frontend: facts.frontend,
    backend: facts.backend,
    server: facts.server,
    client: formatAddress(facts.client),
    reason,
    cancel: facts.cancel,
    endedAt: engine.wallClock(),
    durationMs: engine.now() - facts.beganAt,
    waitMs: facts.wait?.ms(engine.now()),
    connectMs: facts.connectMs,
    retries: facts.retries,
    bytesIn: counters?.bytesIn ?? 0,
    bytesOut: counters?.bytesOut ?? 0,
    datagramsIn: undefined,
    datagramsOut: undefined,
    detail,
  }
}
