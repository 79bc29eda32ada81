import { nearest } from '../../../core/nearest.js'
import type { Backend } from '../../registry/backend.js'
import type { Frontend } from '../../registry/frontend.js'
import type { Call, Command } from '../command.js'
import { refuse, show } from '../reply.js'
import { backendRow } from '../stat/backend-row.js'
import type { Row } from '../stat/columns.js'
import { asCsv } from '../stat/csv.js'
import { frontendRow } from '../stat/frontend-row.js'
import { serverRow } from '../stat/server-row.js'
import type { Found } from '../target.js'

/** Which rows; -1 is any. */
interface Filter {
  /** An `iid` or a name. */
  readonly proxy: string
  /** Sum of TYPE_BITS. */
  readonly types: number
  readonly sid: number
}

const EVERYTHING: Filter = { proxy: '-1', types: -1, sid: -1 }
const TYPE_BITS = { frontend: 1, backend: 2, server: 4 } as const

export const showStat: Command = {
  words: ['show', 'stat'],
  usage: 'show stat [{<iid>|<px>} <type> <sid>]',
  summary: 'report counters for each proxy and server',
  level: 'user',
  most: 3,
  run(args, call) {
    const filter = filterOf(args, call)
    return filter.ok ? show(asCsv(rowsOf(call, filter.it))) : filter
  },
}

function filterOf(args: readonly string[], { registry }: Call): Found<Filter> {
  if (args.length === 0) return { ok: true, it: EVERYTHING }
  const [proxy = '', types = '', sid = ''] = args
  const isNumber = (text: string) => /^-?\d+$/.test(text)
  const names = [...registry.frontends, ...registry.backends].map(({ name }) => name)
  if (!isNumber(proxy) && !names.includes(proxy)) return refuse('No such proxy.\n', nearest(proxy, names))
  if (!isNumber(types) || !isNumber(sid)) return refuse("'show stat' expects {<iid>|<proxy>} <type> <sid>.\n")
  return { ok: true, it: { proxy, types: Number(types), sid: Number(sid) } }
}

/** Frontends and backends by their `iid`, each backend's servers before it: HAProxy's order. */
function rowsOf(call: Call, filter: Filter): Row[] {
  const { frontends, backends } = call.registry
  const proxies = [
    ...frontends.map((frontend) => ({ of: frontend, rows: () => frontendRows(frontend, call, filter) })),
    ...backends.map((backend) => ({ of: backend, rows: () => backendRows(backend, call, filter) })),
  ]
  return proxies
    .filter(({ of }) => ['-1', String(of.settings.iid), of.name].includes(filter.proxy))
    .sort((a, b) => a.of.settings.iid - b.of.settings.iid)
    .flatMap(({ rows }) => rows())
}

function frontendRows(frontend: Frontend, call: Call, filter: Filter): Row[] {
  return isWanted(filter, 'frontend', 0) ? [frontendRow(frontend, call)] : []
}

function backendRows(backend: Backend, call: Call, filter: Filter): Row[] {
  const servers = backend.servers.filter(({ settings }) => isWanted(filter, 'server', settings.sid))
  const rows = servers.map((server) => serverRow(server, backend, call))
  return isWanted(filter, 'backend', 0) ? [...rows, backendRow(backend, call)] : rows
}

function isWanted({ types, sid }: Filter, type: keyof typeof TYPE_BITS, ownSid: number): boolean {
  return (types & TYPE_BITS[type]) !== 0 && (sid === -1 || sid === ownSid)
}
