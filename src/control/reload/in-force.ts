/** The config that holds after a reload: what `[runtime]` says of things made at start stays as it was at start. */
import type { Config } from '../../config/config.js'
import { LIVE_RUNTIME_KEYS } from '../../config/difference/difference.js'
import type { Reference } from '../../config/reference.js'

/** As config/difference's LIVE_RUNTIME_KEYS has them. */
export function inForce(was: Config, file: Config): Config {
  const { maxSessions, stopTimeoutMs, upgradeDeadlineMs, log } = file.runtime
  const live = { maxSessions, stopTimeoutMs, upgradeDeadlineMs, log: { ...log, format: was.runtime.log.format } }
  return { ...file, runtime: { ...was.runtime, ...live }, references: referencesInForce(was, file) }
}

function referencesInForce({ references: before = [] }: Config, { references = [] }: Config): readonly Reference[] {
  return [...before.filter(isOfStart), ...references.filter((one) => !isOfStart(one))]
}

function isOfStart({ path: [table, ...key] }: Reference): boolean {
  return table === 'runtime' && !LIVE_RUNTIME_KEYS.includes(key.join('.'))
}
