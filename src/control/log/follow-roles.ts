/** What becomes of roles, and of sessions by them, becomes lines. */
import type { Role } from '../../core/role.js'
import type { Endings } from '../endings/endings.js'
import type { Backend } from '../registry/backend.js'
import type { Server } from '../registry/server.js'
import type { Failovers, Move } from '../roles/failovers.js'
import type { Roles } from '../roles/roles.js'
import type { Log } from './log.js'
import { count, named, seconds } from './words.js'

export function logRoles(log: Log, roles: Roles, endings: Endings, failovers: Failovers): void {
  roles.on('role', (server, was, is) => shown(log, server, was, is))
  roles.on('split-brain', (backend, rivals) => {
    if (rivals.length > 0) splitBrain(log, backend, rivals)
    else log.line('split-brain-over', `${backend.name} has no two primaries any more`, { backend: backend.name })
  })
  roles.on('lagging', (server, is, why) => {
    const words = is ? `takes no new sessions: ${why}` : `has caught up: ${why}`
    log.line(is ? 'lagging' : 'caught-up', `${server.path} ${words}`, { ...named(server), why })
  })
  endings.on('killed', (server, reason, sessions) => {
    const words = `${count(sessions, 'session')} on ${server.path} reset: ${reason}`
    log.line('sessions-killed', words, { ...named(server), reason, sessions })
  })
  failovers.on('lost', ({ name: backend }, { name: server }) =>
    log.line('primary-lost', `${backend} has no primary: it was ${server}`, { backend, server }),
  )
  failovers.on('moved', (move) => moved(log, move))
}

const WITH_ARTICLE: Readonly<Record<Role, string>> = { primary: 'the primary', replica: 'a replica' }

function shown(log: Log, server: Server, from: Role | undefined, to: Role): void {
  const before = from ? ` now, it was ${WITH_ARTICLE[from]}` : ''
  log.line('role', `${server.path} is ${WITH_ARTICLE[to]}${before}`, { ...named(server), from, to })
}

function splitBrain(log: Log, { name: backend, primary }: Backend, rivals: readonly Server[]): void {
  const servers = rivals.map(({ name }) => name)
  const fate = primary ? `writes go to ${primary.name}, the newest` : 'writes go to none of them'
  const words = `${servers.join(' and ')} of ${backend} each say that they are the primary: ${fate}`
  log.line('split-brain', words, { backend, servers, server: primary?.name })
}

function moved(log: Log, { backend: { name: backend }, from, to, sessions, tookMs }: Move): void {
  const what = from === to ? `primary ${to.name} is back` : `primary moved ${from.name} → ${to.name}`
  const words = `${what}, ${count(sessions, 'session')} reset, ${seconds(tookMs)}`
  const fields = { backend, from: from.name, to: to.name, sessions, duration_ms: Math.round(tookMs) }
  log.line('primary-moved', words, fields)
}
