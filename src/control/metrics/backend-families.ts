/** Metrics of backends. */
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import { counter, type Family, gauge, over, seconds } from './family.js'

const BACKEND = ['backend'] as const

/** @param now Unix time, ms */
export function backendFamilies(registry: Registry, now: () => number): readonly Family[] {
  const { each } = over(
    () => registry.backends,
    ({ name }) => ({ backend: name }),
    () => 0,
  )
  const isUp = (backend: Backend) => backend.serving.length > 0
  const downMs = (backend: Backend) => backend.downMs + (isUp(backend) ? 0 : now() - backend.changedAt)
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
      each((backend) => (isUp(backend) ? 1 : 0)),
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
      each((backend) => seconds(downMs(backend))),
    ),
  ]
}
