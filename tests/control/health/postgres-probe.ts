/** One PostgreSQL probe of a port of this machine. */
import type { PostgresLogin } from '../../../src/control/health/probes/postgres/settings.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { ProbeReport } from '../../../src/control/registry/server.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 5_000, rise: 2, fall: 3 }

export interface ProbeOptions {
  readonly timeoutMs?: number
  readonly onStep?: (words: string) => void
  /** That the config names the server by. */
  readonly host?: string
}

/** @param login undefined for nobody; what is absent is as the config has it by default */
export function probePostgres(
  port: number,
  login?: Partial<PostgresLogin>,
  { timeoutMs = 5_000, onStep, host }: ProbeOptions = {},
): Promise<ProbeReport> {
  const full = login && { user: 'postgres', database: 'postgres', sslmode: 'prefer' as const, ...login }
  const settings = { ...SCHEDULE, type: 'postgres' as const, timeoutMs, login: full }
  const address = { family: 4, host: '127.0.0.1', port } as const
  const declared = host === undefined ? address : ({ family: 'name', host, port } as const)
  const server = { backend: 'replicas', name: 'r1', address: declared }
  return startProbe(address, undefined, settings, Date.now, onStep, server).report
}
