/** `set server <b>/<s> health up|stopping|down`: what its check is to believe, until its next probes say otherwise. */
import { startHysteresis } from '../../../core/hysteresis.js'
import type { Server } from '../../registry/server.js'
import type { Call } from '../command.js'
import { done, type Reply, refuse } from '../reply.js'

export function setHealth(server: Server, [value]: readonly string[], { registry, client }: Call): Reply {
  // a server that is stopping takes no new sessions and keeps those it has: what down means here
  if (value !== 'up' && value !== 'stopping' && value !== 'down') {
    return refuse("'set server <srv> health' expects 'up', 'stopping', or 'down'.\n")
  }
  const is = value === 'up' ? 'up' : 'down'
  const was = server.health
  if (server.check) {
    const { rise, fall } = server.check.hysteresis
    server.check.hysteresis = { ...startHysteresis(rise, fall), health: is === 'up' ? rise + fall - 1 : 0 }
  }
  registry.setHealth(server, is, `set to ${value} by ${client.name}`)
  return done({ server: server.path, was, is })
}
