/** The fields of the line of one closed session. */
import type { CloseRecord } from '../../core/messages.js'
import type { LogFields } from './events.js'

export function sessionFields(record: CloseRecord): LogFields {
  return {
    id: record.id,
    protocol: record.protocol,
    frontend: record.frontend,
    backend: record.backend,
    server: record.server,
    client: record.client,
    reason: record.reason,
    began: new Date(record.beganAt).toISOString(),
    duration_ms: toMicroseconds(record.durationMs),
    connect_ms: record.connectMs === undefined ? undefined : toMicroseconds(record.connectMs),
    retries: record.retries,
    bytes_in: record.bytesIn,
    bytes_out: record.bytesOut,
    datagrams_in: record.datagramsIn,
    datagrams_out: record.datagramsOut,
    detail: record.detail,
  }
}

/** Milliseconds with three decimals at most. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
