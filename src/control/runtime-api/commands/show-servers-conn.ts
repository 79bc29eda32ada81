import type { Backend } from '../../registry/backend.js'
import type { Server } from '../../registry/server.js'
import type { Command } from '../command.js'
import { show } from '../reply.js'
import { backendsNamed } from '../target.js'

const COLUMNS = (
  'bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur ' +
  'idle_per_thr'
).split(' ')

export const showServersConn: Command = {
  words: ['show', 'servers', 'conn'],
  usage: 'show servers conn [<backend>]',
  summary: 'dump server connections status (all or for a single backend)',
  level: 'user',
  most: 1,
  json: true,
  run([name], { registry, workers, json }) {
    const found = backendsNamed(registry, name)
    if (!found.ok) return found
    const rows = found.it.flatMap((backend) => backend.servers.map((server) => fieldsOf(server, backend)))
    if (json)
      return show(
        '',
        rows.map((row) => Object.fromEntries(row.map((value, i) => [COLUMNS[i], value]))),
      )
    const noneIdle = ' 0'.repeat(workers.count - 1)
    const lines = rows.map((row) => `${row.join(' ')}${noneIdle}\n`)
    return show(`# ${COLUMNS.join(' ')}[${workers.count}]\n${lines.join('')}`)
  },
}

/** Connections in use are sessions. None is ever kept idle for another session: those columns are 0, or -1 for no limit. */
function fieldsOf(server: Server, { settings, board }: Backend): (string | number)[] {
  const { resolved, slot } = server
  const inet = resolved && resolved.family !== 'unix' ? resolved : undefined
  return [
    ...[server.path, `${settings.iid}/${server.settings.sid}`, inet?.host ?? '-', inet?.port ?? 0, '-', 0],
    ...[server.live, board.peakOfServer(slot), 0, 0, 0, -1, 0, 0],
  ]
}
