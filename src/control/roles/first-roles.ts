/**
 * Who asks for a role finds nobody until servers have shown theirs. So before the first session is taken the first probes
 * are waited for, where a frontend asks for one.
 */
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import type { Timing } from '../timing.js'

/** Beyond the longest timeout of a probe: the first ones begin one after the other. */
const GRACE_MS = 500

/** Resolves when every server that is probed for such a frontend was probed once, at the latest after the longest timeout. */
export function firstRoles(registry: Registry, timing: Timing): Promise<void> {
  const awaited = new Set(awaitedServers(registry))
  if (awaited.size === 0) return Promise.resolve()
  return new Promise((resolve) => {
    const heard = (server: Server) => {
      awaited.delete(server)
      if (awaited.size === 0) done()
    }
    const done = () => {
      cancel()
      registry.off('probed', heard)
      resolve()
    }
    const cancel = timing.after(longestTimeout(registry) + GRACE_MS, done)
    registry.on('probed', heard)
  })
}

function awaitedServers(registry: Registry): readonly Server[] {
  const backends = registry.frontends
    .filter(({ settings }) => settings.role !== 'any')
    .flatMap(({ backends }) => backends)
  const isProbed = ({ check, admin, resolved }: Server) => check && !check.last && admin !== 'maint' && resolved
  return backends.flatMap(({ servers }) => servers.filter(isProbed))
}

function longestTimeout({ backends }: Registry): number {
  return Math.max(0, ...backends.map(({ settings: { check } }) => (check ? check.timeoutMs : 0)))
}
