/** Sessions that begin and end, as looks once a second see them. What is shorter than that only the log has. */
import { setTimeout as delay } from 'node:timers/promises'
import type { SessionList } from '../../control/runtime-api/commands/show-sess.js'
import type { SessionInfo } from '../../core/messages.js'
import { formatBytes } from '../format/bytes.js'
import { formatMoment, formatTime } from '../format/time.js'
import type { Invocation } from '../invocation.js'
import { placeOf } from './session-table.js'

const LOOK_MS = 1_000

type Change = { readonly event: 'began' | 'ended'; readonly session: SessionInfo }

/** Goes on until the daemon answers no more, which is its Failure. */
export async function followSessions(
  shown: readonly SessionInfo[],
  look: () => Promise<SessionList>,
  json: boolean,
  invocation: Invocation,
): Promise<never> {
  let before = shown
  for (;;) {
    await delay(LOOK_MS)
    const { sessions, cut } = await look()
    for (const change of changes(before, sessions, cut)) {
      invocation.print(json ? `${JSON.stringify(change)}\n` : line(change, Date.now(), invocation))
    }
    before = sessions
  }
}

/** @param cut the list ends early, so who is not in it may live on */
export function changes(before: readonly SessionInfo[], now: readonly SessionInfo[], cut: boolean): Change[] {
  const old = new Set(before.map(({ id }) => id))
  const alive = new Set(now.map(({ id }) => id))
  const ended = cut ? [] : before.filter(({ id }) => !alive.has(id))
  const began = now.filter(({ id }) => !old.has(id))
  return [
    ...ended.map((session) => ({ event: 'ended', session }) as const),
    ...began.map((session) => ({ event: 'began', session }) as const),
  ]
}

function line({ event, session }: Change, at: number, { style: { paint } }: Invocation): string {
  const { id, client, frontend, ageMs, bytesIn, bytesOut } = session
  const sign = event === 'began' ? paint('+', 'green') : paint('-', 'dim')
  const end =
    event === 'began' ? '' : `, ${formatTime(ageMs)}, ${formatBytes(bytesIn)} in, ${formatBytes(bytesOut)} out`
  return `${formatMoment(at)} ${sign} ${id} ${client} to ${frontend}, ${placeOf(session)}${end}\n`
}
