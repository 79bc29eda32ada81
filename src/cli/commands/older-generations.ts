/** Generations that handed over in an upgrade keep their sessions: what a server has left is theirs as well. */
import type { Killed } from '../../control/runtime-api/commands/shutdown-sessions-server.js'
import type { ServerStatus, StatusDocument } from '../../control/runtime-api/status/document.js'
import type { GenerationStatus } from '../../control/upgrade/generations.js'
import { type DaemonClient, Refusal, Unreachable } from '../daemon/daemon-client.js'
import { wordOf } from './server-word.js'

/** Sessions on a server in every generation. @param server `<backend>/<server>` */
export async function liveInOlder(server: string, daemon: DaemonClient): Promise<number> {
  const live = await inOlder(daemon, (older) => liveOn(server, older))
  return live.reduce((sum, one) => sum + one, 0)
}

/** Ends the sessions of a server in every generation, and says how many those were. */
export async function killEverywhere(server: string, daemon: DaemonClient): Promise<number> {
  const kill = async (one: DaemonClient) => (await one.ask<Killed>(`shutdown sessions server ${wordOf(server)}`)).killed
  const killed = await kill(daemon)
  const older = await inOlder(daemon, (one) => noughtIfUnknown(() => kill(one)))
  return older.reduce((sum, one) => sum + one, killed)
}

/** Nought when it does not know the server. */
export function liveOn(server: string, daemon: DaemonClient): Promise<number> {
  return noughtIfUnknown(async () => (await daemon.ask<ServerStatus>(`show server ${wordOf(server)}`)).sessions.live)
}

/** A server that was added after the upgrade. */
async function noughtIfUnknown(ask: () => Promise<number>): Promise<number> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof Refusal) return 0
    throw error
  }
}

/** Asks those that have sessions. Throws when one of them cannot be reached and has not ended. */
async function inOlder(daemon: DaemonClient, ask: (older: DaemonClient) => Promise<number>): Promise<number[]> {
  const older = await olderWithSessions(daemon)
  return Promise.all(
    older.map(async ({ generation, socket }) => {
      try {
        return await ask(daemon.at(socket))
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error
        const isHere = (await olderWithSessions(daemon)).some((one) => one.generation === generation)
        if (isHere) throw error
        return 0
      }
    }),
  )
}

/** One that did not answer in time may have some. */
async function olderWithSessions(daemon: DaemonClient): Promise<readonly GenerationStatus[]> {
  const { older } = await daemon.ask<StatusDocument>('show status')
  return older.filter(({ answer }) => answer === null || answer.sessions.live > 0)
}
