import { performance } from 'node:perf_hooks'
import { memoryUsage } from 'node:process'
import type { FrontendCounter } from '../../../core/scoreboard/counters.js'
import type { Call, Command } from '../command.js'
import { described, type Field, jsonField, typedField } from '../fields/field.js'
import { splitForm } from '../fields/form.js'
import { INFO_FACTS } from '../fields/info-facts.js'
import { refuse, show } from '../reply.js'

const FORM_WORDS = ['typed', 'desc'] as const

export const showInfo: Command = {
  words: ['show', 'info'],
  usage: 'show info [desc|json|typed]*',
  summary: 'report information about the running process',
  level: 'user',
  most: FORM_WORDS.length,
  json: 'anywhere',
  run(args, call) {
    const { before, form } = splitForm(args, FORM_WORDS)
    if (!form.ok) return form
    if (before.length > 0) return refuse(`'${before[0]}' is none of json, ${FORM_WORDS.join(', ')}.\n`)
    const fields = infoOf(call).map(withFacts)
    if (call.json) return show('', fields.map(jsonField))
    const plain = (field: Field) => `${field.name}: ${field.value}`
    const text = form.it.has('typed') ? typedField : plain
    return show(fields.map((field) => `${text(field)}${form.it.has('desc') ? described(field) : ''}\n`).join(''))
  },
}

function withFacts([name, value]: Value): Field {
  const facts = INFO_FACTS.get(name)
  if (!facts) throw new Error(`nothing is known of the field ${name}`)
  return { name, value, ...facts }
}

type Value = readonly [name: string, value: string | number]

/** HAProxy 2.6's fields in its order, since tools read them by name; 0 where a layer 4 balancer has nothing to tell. */
function infoOf(call: Call): Value[] {
  return [...identity(call), ...limits(call), ...traffic(call), ...withoutMeaning(), ...state(call), ...trailer(call)]
}

function identity({ process, workers, now }: Call): Value[] {
  const seconds = Math.max(0, Math.floor((now - process.startedAt) / 1_000))
  const { heapTotal, heapUsed } = memoryUsage()
  return [
    ['Name', 'headgate'],
    ['Version', process.version],
    ['Release_date', 'unknown'],
    ['Nbthread', workers.count],
    ['Nbproc', 1],
    ['Process_num', 1],
    ['Pid', process.pid],
    ['Uptime', uptime(seconds)],
    ['Uptime_sec', seconds],
    ['Memmax_MB', 0],
    ['PoolAlloc_MB', Math.floor(heapTotal / MEGABYTE)],
    ['PoolUsed_MB', Math.floor(heapUsed / MEGABYTE)],
    ['PoolFailed', 0],
  ]
}

const MEGABYTE = 1_048_576

/** `0d 0h00m26s` */
function uptime(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const rest = seconds % 86_400
  return `${Math.floor(seconds / 86_400)}d ${Math.floor(rest / 3_600)}h${two((rest % 3_600) / 60)}m${two(rest % 60)}s`
}

function limits({ registry: { board } }: Call): Value[] {
  return [
    ['Ulimit-n', 0],
    ['Maxsock', 0],
    ['Maxconn', board.maxSessions],
    ['Hard_maxconn', board.maxSessions],
  ]
}

function traffic({ registry, rates }: Call): Value[] {
  const accepted = rates.acceptedOf(registry)
  const sessions = rates.sessionsOf(registry)
  return [
    ['CurrConns', registry.board.liveOfAll()],
    ['CumConns', total(registry, 'accepted')],
    ['CumReq', total(registry, 'sessions')],
    ...zeros('MaxSslConns CurrSslConns CumSslConns Maxpipes PipesUsed PipesFree'),
    ['ConnRate', Math.round(accepted.perSecond)],
    ['ConnRateLimit', 0],
    ['MaxConnRate', Math.round(accepted.peak)],
    ['SessRate', Math.round(sessions.perSecond)],
    ['SessRateLimit', 0],
    ['MaxSessRate', Math.round(sessions.peak)],
  ]
}

function withoutMeaning(): Value[] {
  return zeros(
    'SslRate SslRateLimit MaxSslRate SslFrontendKeyRate SslFrontendMaxKeyRate SslFrontendSessionReuse_pct ' +
      'SslBackendKeyRate SslBackendMaxKeyRate SslCacheLookups SslCacheMisses CompressBpsIn CompressBpsOut ' +
      'CompressBpsRateLim Tasks Run_queue',
  )
}

function state({ process, registry }: Call): Value[] {
  const { idle, active } = performance.eventLoopUtilization()
  const listeners = registry.frontends.reduce((sum, { bound }) => sum + bound.length, 0)
  return [
    ['Idle_pct', Math.round((100 * idle) / (idle + active || 1))],
    ['node', process.node],
    ['description', ''],
    ['Stopping', process.isStopping() ? 1 : 0],
    ['Jobs', registry.board.liveOfAll() + listeners],
    ['Unstoppable Jobs', 0],
    ['Listeners', listeners],
    ...zeros('ActivePeers ConnectedPeers'),
    ['DroppedLogs', droppedRecords(registry)],
    ['BusyPolling', 0],
    ['FailedResolutions', 0],
    ['TotalBytesOut', total(registry, 'bytesOut')],
    ...zeros('TotalSplicdedBytesOut BytesOutRate DebugCommandsIssued CumRecvLogs'),
  ]
}

function trailer({ process }: Call): Value[] {
  const { heapTotal, heapUsed } = memoryUsage()
  return [
    ['Build info', process.version],
    ['Memmax_bytes', 0],
    ['PoolAlloc_bytes', heapTotal],
    ['PoolUsed_bytes', heapUsed],
    ['Start_time_sec', Math.floor(process.startedAt / 1_000)],
    ['Tainted', 0],
  ]
}

function zeros(names: string): Value[] {
  return names.split(' ').map((name) => [name, 0])
}

function total({ tally, frontends }: Call['registry'], counter: FrontendCounter): number {
  return frontends.reduce((sum, { id }) => sum + tally.ofFrontend(id, counter), 0)
}

function droppedRecords({ board }: Call['registry']): number {
  return Array.from({ length: board.capacity.workers }, (_, worker) =>
    board.workerCounter(worker, 'recordsDropped'),
  ).reduce((sum, dropped) => sum + dropped, 0)
}
