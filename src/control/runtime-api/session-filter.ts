/** Which sessions a command means: `<id>`, or pairs of a word and a value that must all match. */
import { formatAddress } from '../../core/address.js'
import { parseDuration } from '../../core/duration.js'
import type { SessionListFilter } from '../../core/messages.js'
import type { Registry } from '../registry/registry.js'
import { parseClient } from './explain/client-address.js'
import { refuse } from './reply.js'
import { type Found, findBackend, findFrontend, findServer } from './target.js'

export const FILTER_WORDS = ['server', 'backend', 'frontend', 'client', 'older'] as const
type FilterWord = (typeof FILTER_WORDS)[number]

export function sessionFilter(registry: Registry, args: readonly string[]): Found<SessionListFilter> {
  const [only = 'all'] = args
  if (args.length <= 1 && !isFilterWord(only)) return { ok: true, it: only === 'all' ? {} : { id: only } }
  let filter: SessionListFilter = {}
  for (let i = 0; i < args.length; i += 2) {
    const word = args[i] ?? ''
    if (!isFilterWord(word))
      return refuse(`'show sess' expects <id>, or pairs of ${FILTER_WORDS.join(', ')} with a value.\n`)
    const found = PARSERS[word](registry, args[i + 1] ?? '')
    if (!found.ok) return found
    filter = { ...filter, ...found.it }
  }
  return { ok: true, it: filter }
}

function isFilterWord(word: string): word is FilterWord {
  return FILTER_WORDS.some((known) => known === word)
}

const PARSERS: Readonly<Record<FilterWord, (registry: Registry, value: string) => Found<SessionListFilter>>> = {
  server(registry, value) {
    const found = findServer(registry, value)
    return found.ok ? { ok: true, it: { server: found.it.slot } } : found
  },
  backend(registry, value) {
    const found = findBackend(registry, value, 'No such backend.\n')
    return found.ok ? { ok: true, it: { backend: found.it.id } } : found
  },
  frontend(registry, value) {
    const found = findFrontend(registry, value)
    return found.ok ? { ok: true, it: { frontend: found.it.id } } : found
  },
  client(_, value) {
    const client = parseClient(value)
    if (!client) return refuse("'client' expects an address such as 192.0.2.7, or with its port 192.0.2.7:50000.\n")
    const text = formatAddress(client.address)
    return { ok: true, it: { client: client.hasPort ? text : text.replace(/0$/, '') } }
  },
  /** As HAProxy has it, seconds where there is no unit. */
  older(_, value) {
    const ms = parseDuration(/^\d+$/.test(value) ? `${value}s` : value)
    return ms === undefined
      ? refuse("'older' expects a duration such as 30s or 1h.\n")
      : { ok: true, it: { olderThan: ms } }
  },
}
