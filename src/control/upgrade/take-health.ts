/** What the predecessor knew of the servers: without it all would be up to new sessions until their first probe. */
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import type { Estate } from './hand-over.js'

/** What its checks had found out. */
export function takeHealth(registry: Registry, { down }: Pick<Estate, 'down'>): void {
  for (const server of named(down, registry)) {
    if (registry.backendOf(server).settings.check) {
      registry.setHealth(server, 'down', 'it was down before the upgrade')
    }
  }
}

/** What agents had said: one that is silent by now takes nothing back. To be called when ours are there. */
export function takeWords(registry: Registry, { saidDown = [] }: Pick<Estate, 'saidDown'>): void {
  for (const server of named(saidDown, registry)) {
    registry.setAgentHealth(server, 'down', 'its agent had said so before the upgrade')
  }
}

function named(paths: readonly string[], { backends }: Registry): readonly Server[] {
  const wanted = new Set(paths)
  return backends.flatMap((backend) => backend.servers).filter(({ path }) => wanted.has(path))
}
