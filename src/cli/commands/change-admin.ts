/** What drain, ready and maint have in common: one change, told with what was, what is, and how to undo it. */
import type { AdminChange } from '../../control/runtime-api/commands/set-admin.js'
import type { AdminState } from '../../core/server-state.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { count } from '../format/count.js'
import { wordOf } from './server-word.js'

export async function changeAdmin(daemon: DaemonClient, server: string, state: AdminState): Promise<AdminChange> {
  return daemon.ask<AdminChange>(`set server ${wordOf(server)} state ${state}`)
}

/** Without a line feed. */
export function adminWords({ server, was, is, sessions }: AdminChange, { flag }: DaemonClient): string {
  const stay =
    sessions > 0 && is !== 'ready' ? ` (${count(sessions, 'session')} ${sessions === 1 ? 'stays' : 'stay'})` : ''
  if (was === is) return `${server}: ${is} already, nothing changed${stay}`
  return `${server}: ${was} → ${is}${stay}. Undo: headgate ${was} ${server}${flag}`
}
