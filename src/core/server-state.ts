/** The two axes of a server's state, and what a person sees of both together. They are never merged into one field. */
import { EVERY_LANE } from './lane.js'
import { SERVER_FIELD } from './scoreboard/layout.js'
import type { Scoreboard } from './scoreboard/scoreboard.js'

/** What the operator said. Drain takes no new sessions and keeps the old ones; maint also stops the checks. */
export const ADMIN_STATES = ['ready', 'drain', 'maint'] as const
export type AdminState = (typeof ADMIN_STATES)[number]

/** What the probes saw. A server without a check is up. */
export const HEALTH_STATES = ['up', 'down'] as const
export type Health = (typeof HEALTH_STATES)[number]

/** Each state's value in the scoreboard: its position in its list. */
export const ADMIN_CODE = { ready: 0, drain: 1, maint: 2 } as const satisfies Record<AdminState, number>
export const HEALTH_CODE = { up: 0, down: 1 } as const satisfies Record<Health, number>

export function adminOf(board: Scoreboard, slot: number): AdminState {
  return ADMIN_STATES[board.server(slot, 'admin')] ?? 'maint'
}
export function healthOf(board: Scoreboard, slot: number): Health {
  return HEALTH_STATES[board.server(slot, 'health')] ?? 'down'
}

/**
 * Ready, up, weight above 0 and not barred from all of these lanes, whether or not it is at its limit of sessions. Changes only
 * with the generation.
 *
 * This and isEligible run for every server at every choice, so they find their cells by hand and read them by plain
 * loads, a tenth of the cost of atomic ones (5 ns each). A cell of 32 bits is never torn and always the newest that the
 * memory has.
 */
export function isServing(board: Scoreboard, slot: number, lanes = EVERY_LANE): boolean {
  const { ints } = board
  const row = board.serverRow(slot)
  return (
    ints[row + SERVER_FIELD.admin] === ADMIN_CODE.ready &&
    ints[row + SERVER_FIELD.health] === HEALTH_CODE.up &&
    (~(ints[row + SERVER_FIELD.barred] ?? 0) & lanes) !== 0 &&
    (ints[row + SERVER_FIELD.effectiveWeight] ?? 0) > 0
  )
}

/** May this server take a new session now: serving, and below its limit. */
export function isEligible(board: Scoreboard, slot: number, lanes = EVERY_LANE): boolean {
  if (!isServing(board, slot, lanes)) return false
  const max = board.ints[board.serverRow(slot) + SERVER_FIELD.maxSessions] ?? 0
  return max === 0 || board.glimpseLive(slot) < max
}
