/** What settings of a server have in common: `backend/server` is looked up in the config and in the registry. */
import type { DeclaredServer } from '../registry/plan.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import type { Declaration, Setting, Steerable } from './setting.js'
import type { Value } from './value.js'

interface ServerSetting<Kind extends string, T extends Value> {
  readonly kind: Kind
  readonly label: string
  parse(value: unknown): T | undefined
  configured(server: DeclaredServer): T
  current(server: Server): T
  apply(steerable: Steerable, server: Server, value: T, by: string): void | Promise<void>
  follow(registry: Registry, note: (server: Server, was: T, is: T, by: string) => void): void
  command(target: string, value: Value): string
}

export function serverSetting<Kind extends string, T extends Value>(of: ServerSetting<Kind, T>): Setting<Kind> {
  const { kind, label, parse, command } = of
  return {
    kind,
    label,
    parse,
    command,
    all: (config) => everyServer(config).map(([path, server]) => [path, of.configured(server)]),
    configured(config, target) {
      const server = configuredServer(config, target)
      return server && of.configured(server)
    },
    current(registry, target) {
      const server = serverAt(registry, target)
      return server && of.current(server)
    },
    apply(steerable, target, value, by) {
      const [server, parsed] = [serverAt(steerable.registry, target), parse(value)]
      return server && parsed !== undefined ? of.apply(steerable, server, parsed, by) : undefined
    },
    follow: (registry, note) => of.follow(registry, (server, was, is, by) => note(server.path, was, is, by)),
  }
}

export function everyServer({ backends }: Declaration): readonly (readonly [path: string, server: DeclaredServer])[] {
  return backends.flatMap(({ name, servers }) => servers.map((server) => [`${name}/${server.name}`, server] as const))
}

/** @param path `backend/server` */
export function configuredServer({ backends }: Declaration, path: string): DeclaredServer | undefined {
  const [backend, name] = partsOf(path)
  return backends.find((one) => one.name === backend)?.servers.find((server) => server.name === name)
}

/** @param path `backend/server` */
export function serverAt(registry: Registry, path: string): Server | undefined {
  const [backend, name] = partsOf(path)
  return registry.backend(backend)?.server(name)
}

/** Names have no slash: config/schema/fields. */
export function partsOf(path: string): readonly [backend: string, server: string] {
  const slash = path.indexOf('/')
  return slash === -1 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)]
}
