/** Metrics of frontends. accepted = sessions + refused + client gone + cancels to all + those that wait for one. */
import type { FrontendCounter } from '../../core/scoreboard/counters.js'
import type { Frontend } from '../registry/frontend.js'
import type { Registry } from '../registry/registry.js'
import { counter, type Family, gauge, over } from './family.js'

const FRONTEND = ['frontend'] as const

export function frontendFamilies(registry: Registry): readonly Family[] {
  const { board } = registry
  const totalOf = (frontend: Frontend, name: FrontendCounter) => board.totalOfFrontend(frontend.id, name)
  const labelsOf = ({ name }: Frontend) => ({ frontend: name })
  const { each, total, split } = over(() => registry.frontends, labelsOf, totalOf)
  const counted = (name: string, help: string, of: FrontendCounter) => counter(name, help, FRONTEND, total(of))
  const plain = (name: string, help: string, value: (frontend: Frontend) => number) =>
    gauge(name, help, FRONTEND, each(value))

  return [
    counted('frontend_accepted', 'TCP connections taken, or first datagrams of a new UDP flow.', 'accepted'),
    counted('frontend_sessions', 'Of those, sessions that got a server.', 'sessions'),
    counter(
      'frontend_refused',
      'Of those, refused: at a limit, without a server, because every connect failed, or after waiting in vain.',
      [...FRONTEND, 'reason'],
      split('reason', {
        'frontend-limit': 'refusedFrontendLimit',
        'global-limit': 'refusedGlobalLimit',
        'no-server': 'refusedNoServer',
        connect: 'refusedConnect',
        'queue-full': 'refusedQueueFull',
        'wait-timeout': 'refusedWaitTimeout',
      }),
    ),
    counted(
      'frontend_diverted',
      'Times a session went on to another backend of the split: the one before had no server for it.',
      'diverted',
    ),
    gauge(
      'frontend_backend_weight',
      'Weight of a backend in the split of a frontend.',
      [...FRONTEND, 'backend'],
      (add) => {
        for (const frontend of registry.frontends) {
          for (const route of frontend.routes)
            add({ frontend: frontend.name, backend: route.backend.name }, frontend.weightOf(route))
        }
      },
    ),
    counted('frontend_client_gone', 'Of those, clients that left before a server was connected.', 'clientGone'),
    counter(
      'frontend_cancels',
      'PostgreSQL CancelRequests by where they went; those to all servers are no sessions.',
      [...FRONTEND, 'to'],
      split('to', { owner: 'cancelsToOwner', all: 'cancelsToAll', copied: 'cancelsCopied' }),
    ),
    counted(
      'frontend_silent_clients',
      'Clients of postgres that said too little within 5 s to be known before a server was chosen.',
      'silentClients',
    ),
    counter(
      'frontend_bytes',
      'Payload bytes, in: from clients, out: to clients.',
      [...FRONTEND, 'direction'],
      split('direction', { in: 'bytesIn', out: 'bytesOut' }),
    ),
    counter(
      'frontend_datagrams',
      'UDP datagrams, in: from clients, forwarded or not, out: to clients.',
      [...FRONTEND, 'direction'],
      split('direction', { in: 'datagramsIn', out: 'datagramsOut' }),
    ),
    counted('frontend_empty', 'Sessions that carried no byte in either direction.', 'empty'),
    counted('frontend_accept_errors', 'Connections that the system could not hand over.', 'acceptErrors'),
    counted(
      'frontend_datagrams_dropped',
      'Datagrams from clients, and replies to them, that were not passed on.',
      'datagramsDropped',
    ),
    counted('frontend_kernel_drops', 'Datagrams that the kernel dropped before they were read.', 'kernelDrops'),
    plain('frontend_live_sessions', 'Sessions alive now.', (frontend) => frontend.live),
    plain('frontend_peak_sessions', 'The most sessions alive at one time.', ({ id }) => board.peakOfFrontend(id)),
    plain('frontend_max_sessions', 'Limit of live sessions, 0 for none.', (frontend) => frontend.maxSessions),
  ]
}
