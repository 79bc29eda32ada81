/** The one change behind `enable agent` and `disable agent`. */
import type { Call } from '../command.js'
import { done, type Reply, refuse } from '../reply.js'
import { findServer } from '../target.js'

export function setAgentOn(path: string | undefined, is: boolean, { registry, client }: Call): Reply {
  const found = findServer(registry, path)
  if (!found.ok) return found
  const server = found.it
  if (is && !server.agent) return refuse('Agent was not configured on this server, cannot enable.\n')
  // acknowledged as by HAProxy, and not remembered for an agent that it may be given one day
  if (!server.agent) return done({ server: server.path, was: false, is })
  const was = server.isAgentOn
  registry.setAgentOn(server, is, client.name)
  return done({ server: server.path, was, is })
}
