/** Sessions of generations that handed over in an upgrade: the present one neither counts nor lists them. */
import type { StatusDocument } from '../../control/runtime-api/status/document.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { Failure } from '../failure.js'
import { count } from '../format/count.js'
import { liveOn } from './older-generations.js'

/**
 * A line for each such generation that has sessions, with the command that lists them. As a rule there is none.
 * @param server `<backend>/<server>`; undefined counts the sessions of all
 */
export async function olderSessions(daemon: DaemonClient, server: string | undefined): Promise<string> {
  const { older } = await daemon.ask<StatusDocument>('show status')
  const lines = older.map(async ({ generation, pid, socket, answer }) => {
    const all = answer?.sessions.live ?? 0
    const live = all === 0 || server === undefined ? all : await orNought(liveOn(server, daemon.at(socket)))
    const where = server === undefined ? '' : ` --server ${server}`
    return live === 0
      ? ''
      : `and ${count(live, 'session')} of generation ${generation} (pid ${pid}), from before an upgrade: headgate sessions${where} --socket ${socket}\n`
  })
  return (await Promise.all(lines)).join('')
}

/** It has just ended. */
async function orNought(live: Promise<number>): Promise<number> {
  try {
    return await live
  } catch (error) {
    if (error instanceof Failure) return 0
    throw error
  }
}
