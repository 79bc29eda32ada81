/** The registry as somebody would have to declare it, to have just this: where a change of it starts from. */
import type { Backend } from './backend.js'
import type { Frontend } from './frontend.js'
import type { Declared, DeclaredServer } from './plan.js'
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

/** With one server more, behind the others; one of that name stays. */
export function withServer(declared: Declared, to: string, server: DeclaredServer): Declared {
  return withServersOf(declared, to, (servers) =>
    servers.some(({ name }) => name === server.name) ? servers : [...servers, server],
  )
}

export function withoutServer(declared: Declared, of: string, name: string): Declared {
  return withServersOf(declared, of, (servers) => servers.filter((server) => server.name !== name))
}

function withServersOf(
  declared: Declared,
  name: string,
  change: (servers: readonly DeclaredServer[]) => readonly DeclaredServer[],
): Declared {
  const backends = declared.backends.map((backend) =>
    backend.name === name ? { ...backend, servers: change(backend.servers) } : backend,
  )
  return { ...declared, backends }
}
