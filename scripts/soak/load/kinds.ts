/** The kinds of TCP sessions in the mix: what a client does on one connection, and how many do it at the same time. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Mode } from '../request.js'
import type { Tally } from '../tally.js'
import { Conversation, type Manners } from './conversation.js'

export interface Around {
  readonly port: number
  readonly tally: Tally
  readonly stopped: AbortSignal
}

/** One session, from connect to end. */
type Session = (around: Around) => Promise<void>

export interface Kind {
  readonly clients: number
  readonly session: Session
}

const KB = 1_024
const MB = 1_024 * KB

/** Every seed comes once in a process, and differs from the next one by more than the answer's 1. */
let seeds = (process.pid % 1_000) * 1_000_000

function nextSeed(): number {
  seeds += 2
  return seeds
}

function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least))
}

/** One request on a connection of its own. */
function once(mode: Mode, up: number, down: number, manners: Manners = {}): Session {
  return async ({ port, tally }) => {
    const conversation = await Conversation.open(port, tally)
    await conversation.ask({ mode, seed: nextSeed(), up: between(1, up), down: between(down >> 1, down) }, manners)
    // after a reset by either side there is nothing left to be ended
    if (mode !== 'half-and-reset' && !manners.resetsAtHalf) await conversation.end()
  }
}

const lasting: Session = async ({ port, tally, stopped }) => {
  const conversation = await Conversation.open(port, tally)
  for (let left = between(100, 2_000); left > 0 && !stopped.aborted; left--) {
    await conversation.ask({ mode: 'answer', seed: nextSeed(), up: between(1, 2 * KB), down: between(1, 8 * KB) })
  }
  await conversation.end()
}

const silent: Session = async ({ port, tally }) => {
  const conversation = await Conversation.open(port, tally)
  await conversation.end()
}

/** The client's reset may come before there is a server at all. Without the pause nothing else would get a turn. */
const resetAtOnce: Session = async ({ port, tally }) => {
  const conversation = await Conversation.open(port, tally)
  conversation.reset()
  await sleep(5)
}

export const KINDS = {
  'lasting connections': { clients: 16, session: lasting },
  'one request each': { clients: 16, session: once('answer', KB, 8 * KB) },
  'ended by the server': { clients: 6, session: once('answer-and-end', KB, 64 * KB) },
  'half-closed by the client': { clients: 3, session: once('answer-after-end', 256 * KB, 256 * KB) },
  'nothing said': { clients: 1, session: silent },
  'reset at once by the client': { clients: 1, session: resetAtOnce },
  'reset in mid-answer by the client': { clients: 2, session: once('answer', KB, MB, { resetsAtHalf: true }) },
  'reset in mid-answer by the server': { clients: 2, session: once('half-and-reset', 64 * KB, MB) },
  'stalled clients': { clients: 2, session: once('answer', KB, 16 * MB, { stallMs: 1_000 }) },
  'stalled servers': { clients: 2, session: once('slowly', 16 * MB, KB) },
  'bulk both ways': { clients: 1, session: once('at-once', 16 * MB, 16 * MB) },
} as const satisfies Readonly<Record<string, Kind>>
