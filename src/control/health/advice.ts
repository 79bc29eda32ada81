/** What an agent asks for, put in force. */
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { BY_AGENT } from '../settings/setting.js'
import type { Advice } from './probes/probe.js'

/** All but what it says of the health. What is absent stays as it is. */
export function takeAdvice(registry: Registry, server: Server, { admin, weightPercent, maxSessions }: Advice): void {
  if (admin !== undefined) registry.setAdmin(server, admin, BY_AGENT)
  if (weightPercent !== undefined) registry.setWeightFactor(server, 'agent', weightPercent)
  if (maxSessions !== undefined) registry.setServerLimit(server, maxSessions, BY_AGENT)
}
