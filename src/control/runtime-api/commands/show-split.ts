import type { Frontend } from '../../registry/frontend.js'
import type { Registry } from '../../registry/registry.js'
import type { Change } from '../../registry/server.js'
import type { Command } from '../command.js'
import { show } from '../reply.js'
import type { RouteStatus } from '../status/document.js'
import { routesOf } from '../status/frontend-status.js'
import { findFrontend } from '../target.js'

/** What `json` answers of each frontend. */
export interface SplitDocument {
  readonly frontend: string
  readonly backends: readonly RouteStatus[]
  /** Times a session went on to another backend, since the one before had no server for it. */
  readonly diverted: number
  /** The last change at run time. */
  readonly changed: Change | null
}

export const showSplit: Command = {
  words: ['show', 'split'],
  usage: 'show split [<fe>] [json]',
  summary: 'weights by which frontends split over their backends; of all that feed several, or of one',
  level: 'user',
  most: 1,
  json: true,
  run([name], { registry }) {
    if (name === undefined) {
      return answer(
        registry.frontends.filter(({ routes }) => routes.length > 1),
        registry,
      )
    }
    const found = findFrontend(registry, name)
    return found.ok ? answer([found.it], registry) : found
  },
}

function answer(frontends: readonly Frontend[], registry: Registry) {
  const documents = frontends.map((frontend) => splitDocument(frontend, registry))
  return show(
    ['# frontend backend weight configured share serving', ...documents.flatMap(lines), ''].join('\n'),
    documents,
  )
}

function splitDocument(frontend: Frontend, { tally }: Registry): SplitDocument {
  const { id, name, lastSplitChange } = frontend
  return {
    frontend: name,
    backends: routesOf(frontend),
    diverted: tally.ofFrontend(id, 'diverted'),
    changed: lastSplitChange ?? null,
  }
}

function lines({ frontend, backends }: SplitDocument): string[] {
  return backends.map(({ backend, weight, share, serving }) =>
    [frontend, backend, weight.set, weight.configured, share.toFixed(4), serving].join(' '),
  )
}
