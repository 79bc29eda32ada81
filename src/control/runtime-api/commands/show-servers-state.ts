import type { Backend } from '../../registry/backend.js'
import type { Server } from '../../registry/server.js'
import type { Command } from '../command.js'
import { show } from '../reply.js'
import { secondsSince } from '../seconds.js'
import { numberOfCode } from '../stat/check-words.js'
import { backendsNamed } from '../target.js'

/** Of this format: management guide, `show servers state`. */
const VERSION = 1
const COLUMNS = (
  'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight ' +
  'srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state ' +
  'bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr ' +
  'srv_agent_addr srv_agent_port'
).split(' ')

export const showServersState: Command = {
  words: ['show', 'servers', 'state'],
  usage: 'show servers state [<backend>]',
  summary: 'dump volatile server information (all or for a single backend)',
  level: 'user',
  most: 1,
  json: true,
  run([name], { registry, now, json }) {
    const found = backendsNamed(registry, name)
    if (!found.ok) return found
    const rows = found.it.flatMap((backend) => backend.servers.map((server) => fieldsOf(server, backend, now)))
    if (json)
      return show(
        '',
        rows.map((row) => Object.fromEntries(row.map((value, i) => [COLUMNS[i], value]))),
      )
    return show(`${VERSION}\n# ${COLUMNS.join(' ')}\n${rows.map((row) => `${row.join(' ')}\n`).join('')}`)
  },
}

function fieldsOf(server: Server, backend: Backend, now: number): (string | number)[] {
  const { settings, resolved, weight, changedAt, isRunning } = server
  const inet = resolved && resolved.family !== 'unix' ? resolved : undefined
  const named = settings.address.family === 'name' ? settings.address : undefined
  return [
    ...[backend.settings.iid, backend.name, settings.sid, server.name, inet?.host ?? '-'],
    ...[isRunning ? RUNNING : STOPPED, ADMIN_FLAGS[server.admin], weight, settings.weight],
    ...[secondsSince(changedAt, now), ...checkFields(server), agentState(server), 0, 0],
    ...[named?.host ?? '-', inet?.port ?? named?.port ?? 0, '-', 0, 0, '-'],
    ...[server.agentAt.host ?? '-', server.agent ? (server.agentAt.port ?? backend.settings.agent?.port ?? 0) : 0],
  ]
}

const STOPPED = 0
const RUNNING = 2
/** SRV_ADMF_FMAINT and SRV_ADMF_FDRAIN. */
const ADMIN_FLAGS = { ready: 0, maint: 1, drain: 8 } as const

/** Status of the last probe, its result (0 unknown, 2 failed, 3 passed), health, and state flags of the check. */
function checkFields({ check, admin }: Server): number[] {
  if (!check) return [numberOfCode('INI'), 0, admin === 'maint' ? 0 : UNCHECKED_HEALTH, 0]
  const { last, hysteresis } = check
  const result = last === undefined ? 0 : last.passed ? 3 : 2
  const state = CONFIGURED_AND_ENABLED | (admin === 'maint' ? PAUSED : 0)
  return [numberOfCode(last?.code ?? 'INI'), result, admin === 'maint' ? 0 : hysteresis.health, state]
}

/** CHK_ST_AGENT with CONFIGURED and ENABLED. */
function agentState({ agent, isAgentOn }: Server): number {
  return agent ? AGENT | (isAgentOn ? CONFIGURED_AND_ENABLED : CONFIGURED) : 0
}

const AGENT = 16
const CONFIGURED = 2
const UNCHECKED_HEALTH = 2
const CONFIGURED_AND_ENABLED = 6
const PAUSED = 8
