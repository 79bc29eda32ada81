/** What a client of the stats socket may do; each level may do all that the lower ones may. */
export const LEVELS = ['user', 'operator', 'admin'] as const
export type Level = (typeof LEVELS)[number]

export function allows(level: Level, needed: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(needed)
}
