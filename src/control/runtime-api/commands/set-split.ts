import { nearest } from '../../../core/nearest.js'
import { type Frontend, isClosed, type Split } from '../../registry/frontend.js'
import type { Command } from '../command.js'
import { done, type Refusal, refuse } from '../reply.js'
import { type Found, findFrontend } from '../target.js'

const HEAVIEST = 256
const USAGE = "'set split' expects <frontend> <backend>=<weight> ...\n"

/** What `json` answers. */
export interface SplitChange {
  readonly frontend: string
  readonly was: Split
  readonly is: Split
  readonly configured: Split
  /** Backends that have a weight and no server in rotation: their share goes to the others. */
  readonly unserved: readonly string[]
}

export const setSplit: Command = {
  words: ['set', 'split'],
  usage: 'set split <fe> <bk>=<weight> ...',
  summary: 'change the weights by which a frontend splits over its backends, for the next session',
  level: 'admin',
  most: Number.POSITIVE_INFINITY,
  json: true,
  run([name, ...words], { registry, client }) {
    if (name === undefined || words.length === 0) return refuse(USAGE)
    const found = findFrontend(registry, name)
    if (!found.ok) return found
    const frontend = found.it
    const weights = parseWeights(words, frontend)
    if (!weights.ok) return weights
    const was = frontend.split
    const is = frontend.splitWith(weights.it)
    if (isClosed(is)) {
      return refuse(`Frontend ${name} would have no backend left: one at least needs a weight above 0.\n`)
    }
    registry.setSplit(frontend, weights.it, client.name)
    const configured = Object.fromEntries(frontend.routes.map((route) => [route.backend.name, route.configured]))
    const change: SplitChange = { frontend: frontend.name, was, is, configured, unserved: unserved(frontend) }
    return done(change)
  },
}

function parseWeights(words: readonly string[], frontend: Frontend): Found<Split> {
  const names = frontend.backends.map(({ name }) => name)
  if (names.length === 1) {
    return refuse(
      `Frontend ${frontend.name} feeds only ${names[0]}: name several backends in its config to split it.\n`,
    )
  }
  const weights = new Map<string, number>()
  for (const word of words) {
    const [, name = '', weight = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? []
    if (name === '') return refuse(USAGE)
    if (!names.includes(name)) return unknown(name, names, frontend)
    if (weights.has(name)) return refuse(`Backend ${name} is named twice.\n`)
    if (!/^\d{1,3}$/.test(weight) || Number(weight) > HEAVIEST) {
      return refuse(`The weight of ${name} can only be between 0 and ${HEAVIEST} inclusive.\n`)
    }
    weights.set(name, Number(weight))
  }
  return { ok: true, it: Object.fromEntries(weights) }
}

function unknown(name: string, names: readonly string[], { name: frontend }: Frontend): Refusal {
  return refuse(`Frontend ${frontend} does not feed '${name}', only ${names.join(', ')}.\n`, nearest(name, names))
}

function unserved(frontend: Frontend): string[] {
  return frontend.routes
    .filter((route) => frontend.weightOf(route) > 0 && route.backend.serving.length === 0)
    .map(({ backend }) => backend.name)
}
