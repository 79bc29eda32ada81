import type { Backend } from '../../registry/backend.js'
import type { Registry } from '../../registry/registry.js'

/** Of the frontend that feeds it: a backend has no protocol of its own. */
export function protocolOf(backend: Backend, { frontends }: Registry): 'tcp' | 'udp' {
  return frontends.find((frontend) => frontend.backends.includes(backend))?.settings.protocol ?? 'tcp'
}
