import type { SessionInfo } from '../../../core/messages.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'
import { FILTER_WORDS, sessionFilter } from '../session-filter.js'

/** The most sessions that are listed; more would make an answer that nobody reads. */
const MOST = 10_000

/** What `json` answers. */
export interface SessionList {
  /** Oldest first. */
  readonly sessions: readonly SessionInfo[]
  /** There were more than are listed. */
  readonly cut: boolean
}

export const showSess: Command = {
  words: ['show', 'sess'],
  usage: 'show sess [id]',
  summary: `report the list of current sessions or dump this exact session (or: ${FILTER_WORDS.join('|')} <value>)`,
  level: 'operator',
  most: 2 * FILTER_WORDS.length,
  json: true,
  async run(args, { registry, workers }) {
    const filter = sessionFilter(registry, args)
    if (!filter.ok) return filter
    const sessions = await workers.listSessions(filter.it, MOST + 1)
    if (filter.it.id !== undefined && sessions.length === 0) return refuse('Session not found.\n')
    const list: SessionList = { sessions: sessions.slice(0, MOST), cut: sessions.length > MOST }
    return show(list.sessions.map(line).join(''), list)
  },
}

/** In HAProxy's form; what concerns its tasks, buffers and descriptors stands at nought. */
function line({ id, protocol, client, frontend, backend, server, ageMs }: SessionInfo): string {
  const family = client.startsWith('[') ? 6 : 4
  const proto = client.startsWith('unix') ? 'unix_stream' : `${protocol}v${family}`
  const channel = 'f=0h,i=0,an=00h,rx=,wx=,ax='
  return (
    `${id}: proto=${proto} src=${client} fe=${frontend} be=${backend ?? '<NONE>'} srv=${server ?? '<none>'} ts=00 epoch=0 ` +
    `age=${ageOf(ageMs)} calls=0 rate=0 cpu=0 lat=0 rq[${channel}] rp[${channel}] ` +
    'scf=[0,0h,fd=-1] scb=[0,0h,fd=-1] exp= rc=0 c_exp=\n'
  )
}

/** The two largest units, as HAProxy writes ages: `5s`, `1m5s`, `3h12m`, `2d4h`. */
function ageOf(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const units = [
    [86_400, 'd', 3_600, 'h'],
    [3_600, 'h', 60, 'm'],
    [60, 'm', 1, 's'],
  ] as const
  for (const [large, name, small, smallName] of units) {
    if (seconds >= large)
      return `${Math.floor(seconds / large)}${name}${Math.floor((seconds % large) / small)}${smallName}`
  }
  return `${seconds}s`
}
