/** `<backend>/<server>` as commands take it, and HAProxy's words when there is no such thing. */
import { nearest } from '../../core/nearest.js'
import type { Backend } from '../registry/backend.js'
import type { Frontend } from '../registry/frontend.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { type Refusal, refuse } from './reply.js'

export type Found<T> = { readonly ok: true; readonly it: T } | Refusal

/** @param path the argument as given; undefined when it is missing */
export function findServer(registry: Registry, path: string | undefined): Found<Server> {
  const slash = path?.indexOf('/') ?? -1
  if (path === undefined || slash === -1 || slash === path.length - 1) {
    return refuse("Require 'backend/server'.\n", nearestServer(registry, path))
  }
  const backend = registry.backend(path.slice(0, slash))
  if (!backend) return refuse('No such backend.\n', nearestServer(registry, path))
  const server = backend.server(path.slice(slash + 1))
  return server ? { ok: true, it: server } : refuse('No such server.\n', nearestServer(registry, path))
}

/** @param words HAProxy's words when there is none; they differ from command to command */
export function findBackend(registry: Registry, name: string, words: string): Found<Backend> {
  const backend = registry.backend(name)
  return backend ? { ok: true, it: backend } : refuse(words, nearest(name, namesOf(registry.backends)))
}

/** One backend, or all of them where none is named. */
export function backendsNamed(registry: Registry, name: string | undefined): Found<readonly Backend[]> {
  if (name === undefined) return { ok: true, it: registry.backends }
  const found = findBackend(registry, name, "Can't find backend.\n")
  return found.ok ? { ok: true, it: [found.it] } : found
}

/** In HAProxy's words. */
export function findFrontend(registry: Registry, name: string | undefined): Found<Frontend> {
  if (name === undefined) return refuse('A frontend name is expected.\n')
  const frontend = registry.frontend(name)
  return frontend
    ? { ok: true, it: frontend }
    : refuse('No such frontend.\n', nearest(name, namesOf(registry.frontends)))
}

/** One half of a path is answered with a whole one: a server of that name, or the first of that backend. */
function nearestServer(registry: Registry, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const servers = registry.backends.flatMap((backend) => backend.servers)
  const named = servers.find((server) => server.name === path) ?? registry.backend(path)?.servers[0]
  return (
    named?.path ??
    nearest(
      path,
      servers.map((server) => server.path),
    )
  )
}

function namesOf(named: readonly { readonly name: string }[]): string[] {
  return named.map(({ name }) => name)
}
