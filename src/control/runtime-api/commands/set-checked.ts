/** The one change behind `enable health` and `disable health`. */
import type { Call } from '../command.js'
import { done, type Reply, refuse } from '../reply.js'
import { findServer } from '../target.js'

export function setChecked(path: string | undefined, is: boolean, { registry, client }: Call): Reply {
  const found = findServer(registry, path)
  if (!found.ok) return found
  const server = found.it
  if (is && !server.check) return refuse('Health check was not configured on this server, cannot enable.\n')
  const was = server.isChecked
  registry.setChecked(server, is, client.name)
  return done({ server: server.path, was, is })
}
