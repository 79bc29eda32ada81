import { nearest } from '../../../core/nearest.js'
import type { Backend } from '../../registry/backend.js'
import type { Call, Command } from '../command.js'
import { type Reply, refuse, show } from '../reply.js'
import { backendRow } from '../stat/backend-row.js'
import type { Row } from '../stat/columns.js'
import { asCsv } from '../stat/csv.js'
import { frontendRow } from '../stat/frontend-row.js'
import { serverRow } from '../stat/server-row.js'

/** Bits of the type argument, by the number in the `type` column. -1 has them all. */
const TYPE_BITS: Readonly<Record<number, number>> = { 0: 1, 1: 2, 2: 4 }

export const showStat: Command = {
  words: ['show', 'stat'],
  usage: 'show stat [{<iid>|<px>} <type> <sid>]',
  summary: 'report counters for each proxy and server',
  level: 'user',
  most: 3,
  run(args, call) {
    const rows = rowsOf(call)
    if (args.length === 0) return show(asCsv(rows))
    return filtered(args, rows, call)
  },
}

/** Frontends and backends by their `iid`, each backend's servers before it: HAProxy's order. */
function rowsOf(call: Call): Row[] {
  const { frontends, backends } = call.registry
  const rows = [
    ...frontends.map((frontend) => ({ iid: frontend.settings.iid, rows: [frontendRow(frontend, call)] })),
    ...backends.map((backend) => ({ iid: backend.settings.iid, rows: backendRows(backend, call) })),
  ]
  return rows.sort((a, b) => a.iid - b.iid).flatMap(({ rows }) => rows)
}

function backendRows(backend: Backend, call: Call): Row[] {
  return [...backend.servers.map((server) => serverRow(server, backend, call)), backendRow(backend, call)]
}

function filtered(args: readonly string[], rows: readonly Row[], { registry }: Call): Reply {
  const [proxy = '', type = '', sid = ''] = args
  const isNumber = (text: string) => /^-?\d+$/.test(text)
  const names = [...registry.frontends, ...registry.backends].map(({ name }) => name)
  if (!isNumber(proxy) && !names.includes(proxy)) return refuse('No such proxy.\n', nearest(proxy, names))
  if (!isNumber(type) || !isNumber(sid)) return refuse("'show stat' expects {<iid>|<proxy>} <type> <sid>.\n")
  const isWanted = (row: Row) =>
    (proxy === '-1' || String(row.iid) === proxy || row.pxname === proxy) &&
    ((TYPE_BITS[Number(row.type)] ?? 0) & Number(type)) !== 0 &&
    (sid === '-1' || String(row.sid) === sid)
  return show(asCsv(rows.filter(isWanted)))
}
