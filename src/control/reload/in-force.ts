/** The config that holds after a reload: what `[runtime]` says of things made at start stays as it was at start. */
import type { Config } from '../../config/config.js'

/** As config/difference's LIVE_RUNTIME_KEYS has them. */
export function inForce(was: Config, file: Config): Config {
  const { maxSessions, stopTimeoutMs, upgradeDeadlineMs, log } = file.runtime
  const live = { maxSessions, stopTimeoutMs, upgradeDeadlineMs, log: { ...log, format: was.runtime.log.format } }
  return { ...file, runtime: { ...was.runtime, ...live } }
}
