/** What the operator said of a backend's new TCP sessions, beyond what its servers can take. */
export const HOLDS = [
  'none',
  'paused', // nobody gets a server: sessions wait
  'resumed', // servers are given again, and for a while nobody is refused for want of one: sessions wait
] as const
export type Hold = (typeof HOLDS)[number]

/** Each one's value on the scoreboard: its position in the list. */
export const HOLD_CODE = { none: 0, paused: 1, resumed: 2 } as const satisfies Record<Hold, number>
