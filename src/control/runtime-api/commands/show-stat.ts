import { nearest } from '../../../core/nearest.js'
import type { Backend } from '../../registry/backend.js'
import type { Frontend } from '../../registry/frontend.js'
import type { Server } from '../../registry/server.js'
import type { Call, Command } from '../command.js'
import { splitForm } from '../fields/form.js'
import { refuse, show } from '../reply.js'
import { backendRow } from '../stat/backend-row.js'
import type { Row } from '../stat/columns.js'
import { asCsv } from '../stat/csv.js'
import { frontendRow } from '../stat/frontend-row.js'
import { serverRow } from '../stat/server-row.js'
import { asFields, asTyped } from '../stat/typed.js'
import type { Found } from '../target.js'

/** Which rows; -1 is any. */
interface Filter {
  /** An `iid` or a name. */
  readonly proxy: string
  /** Sum of TYPE_BITS. */
  readonly types: number
  readonly sid: number
  /** Servers that are left out: in maint, or not running for whatever reason. */
  readonly hidden: 'none' | 'maint' | 'down'
}

const EVERYTHING: Filter = { proxy: '-1', types: -1, sid: -1, hidden: 'none' }
const TYPE_BITS = { frontend: 1, backend: 2, server: 4 } as const

const FORM_WORDS = ['typed', 'desc', 'up', 'no-maint'] as const

export const showStat: Command = {
  words: ['show', 'stat'],
  usage: 'show stat [desc|json|no-maint|typed|up]*',
  summary: 'report counters for each proxy and server (before that: {<iid>|<px>} <type> <sid>)',
  level: 'user',
  most: 3 + FORM_WORDS.length,
  json: 'anywhere',
  run(args, call) {
    const { before, form } = splitForm(args, FORM_WORDS)
    if (!form.ok) return form
    const filter = filterOf(before, hiddenBy(form.it), call)
    if (!filter.ok) return filter
    const rows = rowsOf(call, filter.it)
    if (call.json) return show('', asFields(rows))
    return show(form.it.has('typed') ? asTyped(rows, form.it.has('desc')) : asCsv(rows))
  },
}

function hiddenBy(form: ReadonlySet<(typeof FORM_WORDS)[number]>): Filter['hidden'] {
  return form.has('up') ? 'down' : form.has('no-maint') ? 'maint' : 'none'
}

function filterOf(args: readonly string[], hidden: Filter['hidden'], { registry }: Call): Found<Filter> {
  if (args.length === 0) return { ok: true, it: { ...EVERYTHING, hidden } }
  const [proxy = '', types = '', sid = ''] = args
  const isNumber = (text: string) => /^-?\d+$/.test(text)
  const names = [...registry.frontends, ...registry.backends].map(({ name }) => name)
  if (!isNumber(proxy) && !names.includes(proxy)) return refuse('No such proxy.\n', nearest(proxy, names))
  if (args.length !== 3 || !isNumber(types) || !isNumber(sid)) {
    return refuse(`'show stat' expects {<iid>|<proxy>} <type> <sid>, then any of json, ${FORM_WORDS.join(', ')}.\n`)
  }
  return { ok: true, it: { proxy, types: Number(types), sid: Number(sid), hidden } }
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
  const servers = backend.servers.filter(
    (server) => isWanted(filter, 'server', server.settings.sid) && !isHidden(server, filter),
  )
  const rows = servers.map((server) => serverRow(server, backend, call))
  if (!isWanted(filter, 'backend', 0)) return rows
  const row = backendRow(backend, call)
  return [
    ...rows,
    filter.hidden === 'none' ? row : { ...row, parts: [...row.parts, { status: countedStatus(backend) }] },
  ]
}

function isHidden({ admin, isRunning }: Server, { hidden }: Filter): boolean {
  return hidden === 'down' ? !isRunning : hidden === 'maint' && admin === 'maint'
}

/** Where servers are hidden HAProxy says how many run of how many: `UP (3/4)`. */
function countedStatus({ servers, serving }: Backend): string {
  const running = servers.filter(({ isRunning }) => isRunning).length
  return `${serving.length > 0 ? 'UP' : 'DOWN'} (${running}/${servers.length})`
}

function isWanted({ types, sid }: Filter, type: keyof typeof TYPE_BITS, ownSid: number): boolean {
  return (types & TYPE_BITS[type]) !== 0 && (sid === -1 || sid === ownSid)
}
