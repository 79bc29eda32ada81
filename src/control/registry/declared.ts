/** The registry as somebody would have to declare it, to have just this: where a change of it starts from. */
import type { Backend } from './backend.js'
import type { Frontend } from './frontend.js'
import type { Declared } from './plan.js'
import type { Registry } from './registry.js'

export function declaredOf({ frontends, backends }: Registry): Declared {
  return { frontends: frontends.map(declaredFrontend), backends: backends.map(declaredBackend) }
}

function declaredFrontend({ settings, routes }: Frontend): Declared['frontends'][number] {
  return {
    ...settings,
    routes: routes.map(({ backend, configured }) => ({ backend: backend.name, weight: configured })),
  }
}

function declaredBackend({ settings, servers }: Backend): Declared['backends'][number] {
  return { ...settings, policy: settings.policy.name, servers: servers.map((server) => server.settings) }
}
