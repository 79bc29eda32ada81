/** The one change behind `enable frontend` and `disable frontend`: its listeners are bound again, or closed. */
import { BindError } from '../../workers/bind-error.js'
import type { Call } from '../command.js'
import { done, type Reply, refuse } from '../reply.js'
import { findFrontend } from '../target.js'

export async function setEnabled(name: string | undefined, is: boolean, call: Call): Promise<Reply> {
  const { registry, topology, client } = call
  const found = findFrontend(registry, name)
  if (!found.ok) return found
  const frontend = found.it
  const was = frontend.isEnabled
  if (was === is) return refuse(`All sockets are already ${is ? 'enabled' : 'disabled'}.\n`)
  try {
    await registry.setEnabled(frontend, is, client.name, () => topology.configure())
  } catch (error) {
    if (!(error instanceof BindError)) throw error
    return refuse(`Failed to resume frontend, check for port conflict: ${error.message}.\n`)
  }
  return done({ frontend: frontend.name, was, is })
}
