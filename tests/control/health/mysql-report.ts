/** What the tests of the MySQL probe have in common: a user who watches, and one probe. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MysqlProbeSettings } from '../../../src/control/health/probes/mysql/settings.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { ProbeReport } from '../../../src/control/registry/server.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

export const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 5_000, rise: 2, fall: 3 }

export interface Options extends Partial<Omit<MysqlProbeSettings, 'type'>> {
  readonly timeoutMs?: number
  /** Address to come from: servers count errors by it, but for those of 127.0.0.1. */
  readonly from?: string
}

export function report({ port }: { port: number }, options: Options = {}, onStep?: (words: string) => void) {
  const { from, ...settings } = options
  const source = from === undefined ? undefined : ({ family: 4, host: from, port: 0 } as const)
  const check = { ...SCHEDULE, type: 'mysql' as const, donor: false, ...settings }
  return startProbe({ family: 4, host: '127.0.0.1', port }, source, check, Date.now, onStep).report
}

const secrets = temporaryFolder()

/** Where it is kept. */
export function password(text: string) {
  const file = join(secrets.path, text)
  writeFileSync(file, `${text}\n`)
  return { file }
}

export const MONITOR = { user: 'monitor', password: password('m0nitor') }
/** The least that it needs. */
export const CREATE_MONITOR =
  "CREATE USER monitor@'%' IDENTIFIED BY 'm0nitor'; GRANT REPLICA MONITOR ON *.* TO monitor@'%'"

/** Ten at a time. */
export async function many(times: number, probe: (i: number) => Promise<ProbeReport>): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  for (let i = 0; i < times; i += 10) {
    const reports = await Promise.all(Array.from({ length: Math.min(10, times - i) }, (_, k) => probe(i + k)))
    for (const { reason } of reports) seen.set(reason, (seen.get(reason) ?? 0) + 1)
  }
  return seen
}
