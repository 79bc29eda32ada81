/**
 * What a frontend asks of a backend's servers. Who is barred from which lane is control's to say (a bit for each on the
 * scoreboard): workers need to know nothing of roles, lag or split brains.
 */
/** `any` is for frontends that ask for no role. */
export const LANES = ['any', 'primary', 'replica'] as const
export type Lane = (typeof LANES)[number]

/** Each lane's bit in a server's `barred`. */
export const LANE_BIT = { any: 1, primary: 2, replica: 4 } as const satisfies Record<Lane, number>
export const EVERY_LANE = LANE_BIT.any | LANE_BIT.primary | LANE_BIT.replica

/** What a frontend may ask for. */
export const ASKED_ROLES = ['any', 'primary', 'replica', 'replica-or-primary'] as const
export type AskedRole = (typeof ASKED_ROLES)[number]

/** Lanes to look in, one after the other. */
export const LANES_OF: Readonly<Record<AskedRole, readonly Lane[]>> = {
  any: ['any'],
  primary: ['primary'],
  replica: ['replica'],
  'replica-or-primary': ['replica', 'primary'],
}

export function bitsOf(lanes: readonly Lane[]): number {
  return lanes.reduce((bits, lane) => bits | LANE_BIT[lane], 0)
}
