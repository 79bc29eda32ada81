/** What a client of a postgres frontend begins with, before a server is chosen. */
import { LONGEST_CANCEL_BYTES, readStartupPacket, type StartupPacket } from '../../core/postgres/startup-packet.js'
import type { Cancel, Engine, Stream } from '../engine.js'

export type FirstPacket =
  | Exclude<StartupPacket, { kind: 'part' }>
  /** The client has ended without a byte. */
  | { readonly kind: 'nothing' }
  /** It has not said enough in time. */
  | { readonly kind: 'silence' }

/** A server is chosen then in any case: a client that waits for the server's first word would wait for ever. */
export const LONGEST_SILENCE_MS = 5000

/** @param onPacket called once, unless cancelled; the packet stays in the stream */
export function awaitFirstPacket(
  engine: Pick<Engine, 'peek' | 'after'>,
  client: Stream,
  onPacket: (packet: FirstPacket) => void,
): Cancel {
  const stopLooking = engine.peek<FirstPacket>(client, LONGEST_CANCEL_BYTES, judge, (packet) => {
    stopTimer()
    onPacket(packet)
  })
  const stopTimer = engine.after(LONGEST_SILENCE_MS, () => {
    stopLooking()
    onPacket({ kind: 'silence' })
  })
  return () => {
    stopLooking()
    stopTimer()
  }
}

function judge(bytes: Uint8Array, hasEnded: boolean): FirstPacket | undefined {
  if (hasEnded && bytes.length === 0) return { kind: 'nothing' }
  const packet = readStartupPacket(bytes)
  if (packet.kind !== 'part') return packet
  return hasEnded ? { kind: 'other' } : undefined
}
