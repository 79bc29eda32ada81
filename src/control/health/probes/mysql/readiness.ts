/** Why a server that answers does not serve: Galera's states, and those that an operator may set. */
import { isOn, type Variables } from './replication.js'

export const READINESS_VARIABLES = ['offline_mode', 'pxc_maint_mode', 'wsrep_on', 'wsrep_reject_queries'] as const
export const GALERA_STATUS = ['wsrep_local_state', 'wsrep_local_state_comment', 'wsrep_ready'] as const

/** Galera's `wsrep_local_state`. */
const DONOR = '2'
const SYNCED = '4'

/** Words, where somebody has said that it shall not serve. */
export function saidNotToServe(variables: Variables): string | undefined {
  if (isOn(variables.get('offline_mode'))) return 'offline_mode is ON'
  const maintenance = variables.get('pxc_maint_mode') ?? 'DISABLED'
  if (maintenance !== 'DISABLED') return `pxc_maint_mode is ${maintenance}`
  const rejected = variables.get('wsrep_reject_queries')
  return isOn(rejected) ? `wsrep_reject_queries is ${rejected}` : undefined
}

export interface Galera {
  readonly isReady: boolean
  readonly words: string
}

/** @param takesDonor whether a node that gives its state to another serves all the same */
export function galeraOf(status: Variables, takesDonor: boolean): Galera {
  const [state = 'unknown', comment = 'unknown'] = [
    status.get('wsrep_local_state'),
    status.get('wsrep_local_state_comment'),
  ]
  if (!isOn(status.get('wsrep_ready'))) return { isReady: false, words: `wsrep_ready is OFF (${comment})` }
  const isReady = state === SYNCED || (state === DONOR && takesDonor)
  return { isReady, words: `wsrep_local_state is ${state} (${comment})` }
}
