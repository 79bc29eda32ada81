import { formatListenAddress } from '../../../core/address.js'
import type { FrontendCounter } from '../../../core/scoreboard/counters.js'
import type { Frontend } from '../../registry/frontend.js'
import type { Call } from '../command.js'
import type { FrontendStatus, RouteStatus } from './document.js'
import { sessionCounts } from './session-counts.js'

export function frontendStatus(frontend: Frontend, { rates }: Call): FrontendStatus {
  const { board, id, settings, live, maxSessions } = frontend
  const total = (counter: FrontendCounter) => board.totalOfFrontend(id, counter)
  const counted = { live, peak: board.peakOfFrontend(id), max: maxSessions, total: total('sessions') }
  return {
    name: frontend.name,
    protocol: settings.protocol,
    role: settings.role,
    backends: routesOf(frontend),
    splitChanged: frontend.lastSplitChange ?? null,
    listeners: listenersOf(frontend),
    sessions: sessionCounts(counted, rates.sessionsOf(frontend)),
    accepted: total('accepted'),
    refused: {
      frontendLimit: total('refusedFrontendLimit'),
      globalLimit: total('refusedGlobalLimit'),
      noServer: total('refusedNoServer'),
      connect: total('refusedConnect'),
      queueFull: total('refusedQueueFull'),
      waitTimeout: total('refusedWaitTimeout'),
    },
    diverted: total('diverted'),
    clientGone: total('clientGone'),
    cancels: { toOwner: total('cancelsToOwner'), toAll: total('cancelsToAll'), copied: total('cancelsCopied') },
    silentClients: total('silentClients'),
    empty: total('empty'),
    acceptErrors: total('acceptErrors'),
    bytes: { in: total('bytesIn'), out: total('bytesOut') },
    datagrams: {
      in: total('datagramsIn'),
      out: total('datagramsOut'),
      dropped: total('datagramsDropped'),
      kernelDrops: total('kernelDrops'),
    },
  }
}

/** In the order of the config. */
export function routesOf(frontend: Frontend): RouteStatus[] {
  const { routes } = frontend
  const sum = routes.reduce((sum, route) => sum + frontend.weightOf(route), 0)
  return routes.map((route) => {
    const set = frontend.weightOf(route)
    const { name, serving } = route.backend
    const weight = { set, configured: route.configured }
    return { backend: name, weight, share: sum === 0 ? 0 : set / sum, serving: serving.length }
  })
}

function listenersOf({ bound, settings }: Frontend): string[] {
  const addresses = bound.length > 0 ? bound : settings.listen
  return addresses.map((address) => formatListenAddress(settings.protocol, address))
}
