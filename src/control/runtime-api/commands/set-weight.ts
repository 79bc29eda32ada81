import type { Server } from '../../registry/server.js'
import type { Call, Command } from '../command.js'
import { done, type Reply, refuse } from '../reply.js'
import { findServer } from '../target.js'

const HEAVIEST = 256

/** What `json` answers. */
export interface WeightChange {
  /** `<backend>/<server>` */
  readonly server: string
  readonly was: number
  readonly is: number
  /** As the config has it: what percentages are of. */
  readonly configured: number
}

export const setWeightCommand: Command = {
  words: ['set', 'weight'],
  usage: 'set weight <bk>/<srv>  (DEPRECATED)',
  summary: "change a server's weight (use 'set server' instead)",
  level: 'admin',
  most: 2,
  json: true,
  run([path, value], call) {
    const found = findServer(call.registry, path)
    return found.ok ? setWeight(found.it, value, call) : found
  },
}

/** @param value `<weight>` from 0 to 256, or `<weight>%` of the configured weight */
export function setWeight(server: Server, value: string | undefined, { registry, client }: Call): Reply {
  const weight = parseWeight(value ?? '', server.settings.weight)
  if (typeof weight === 'string') return refuse(weight)
  const configured = server.settings.weight
  const change: WeightChange = { server: server.path, was: server.weight, is: weight, configured }
  registry.setWeight(server, weight, client.name)
  return done(change)
}

/**
 * A weight, or HAProxy's words for what is wrong. As in HAProxy a percentage is capped at 256; unlike there, a small one
 * never rounds to 0, which would silently take the server out.
 */
function parseWeight(text: string, configured: number): number | string {
  if (text === '') return 'Require <weight> or <weight%>.\n'
  const [, digits, rest] = /^([+-]?\d+)(.*)$/s.exec(text) ?? []
  if (digits === undefined) return 'Empty weight string empty or preceded by garbage'
  const value = Number(digits)
  if (rest === '%') {
    if (value < 0) return 'Relative weight must be positive.\n'
    const weight = Math.min(HEAVIEST, Math.trunc((configured * value) / 100))
    return value > 0 && configured > 0 ? Math.max(1, weight) : weight
  }
  if (value < 0 || value > HEAVIEST) return 'Absolute weight can only be between 0 and 256 inclusive.\n'
  return rest === '' ? value : 'Trailing garbage in weight string'
}
