/** Metrics of backends. */
import type { BackendCounter } from '../../core/scoreboard/counters.js'
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import { counter, type Family, gauge, over, seconds } from './family.js'

const BACKEND = ['backend'] as const

/** @param now Unix time, ms */
export function backendFamilies(registry: Registry, now: () => number): readonly Family[] {
  const { board } = registry
  const totalOf = ({ id }: Backend, name: BackendCounter) => board.totalOfBackend(id, name)
  const { each, total } = over(
    () => registry.backends,
    ({ name }) => ({ backend: name }),
    totalOf,
  )
  return [
    gauge(
      'backend_servers',
      'Servers configured.',
      BACKEND,
      each(({ servers }) => servers.length),
    ),
    gauge(
      'backend_serving_servers',
      'Servers that are ready, up and of weight above 0.',
      BACKEND,
      each(({ serving }) => serving.length),
    ),
    gauge(
      'backend_up',
      'Whether a server takes new sessions: 1 or 0.',
      BACKEND,
      each(({ isUp }) => (isUp ? 1 : 0)),
    ),
    counter(
      'backend_downs',
      'Times the last server that took new sessions was lost.',
      BACKEND,
      each(({ downs }) => downs),
    ),
    counter(
      'backend_down_seconds',
      'Time spent without a server.',
      BACKEND,
      each((backend) => seconds(backend.downtime(now()))),
    ),
    gauge(
      'backend_paused',
      'Whether an operator lets new sessions wait: 1 or 0.',
      BACKEND,
      each(({ pause }) => (pause?.state === 'paused' ? 1 : 0)),
    ),
    gauge(
      'backend_waiting_sessions',
      'Sessions that wait for a server now.',
      BACKEND,
      each(({ waiting }) => waiting),
    ),
    gauge(
      'backend_peak_waiting_sessions',
      'The most sessions that waited at one time.',
      BACKEND,
      each(({ id }) => board.peakWaitingFor(id)),
    ),
    gauge(
      'backend_max_waiting_sessions',
      'How many may wait at one time.',
      BACKEND,
      each(({ settings }) => settings.waiting.most),
    ),
    counter('backend_waited', 'Sessions that had to wait and got a server.', BACKEND, total('waited')),
    counter(
      'backend_wait_seconds',
      'Time that those waited; divide by backend_waited.',
      BACKEND,
      each((backend) => seconds(totalOf(backend, 'waitMs'))),
    ),
  ]
}
