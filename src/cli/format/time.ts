/** Times for people: the two largest units, `12s`, `3m12s`, `2d5h`, as durations are written elsewhere. */
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

export function formatTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const first = UNITS.findIndex(([, size]) => seconds >= size)
  if (first === -1) return '0s'
  const [name, size] = UNITS[first] ?? ['s', 1]
  const [smallName, small] = UNITS[first + 1] ?? ['s', 1]
  const rest = Math.floor((seconds % size) / small)
  return `${Math.floor(seconds / size)}${name}${rest > 0 ? `${rest}${smallName}` : ''}`
}

/** A time that was measured by waiting: `0.4s`, `12.3s`, then as formatTime. */
export function formatElapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : formatTime(ms)
}

/** A moment in UTC, as the daemon has it in its words and logs: `2026-11-21T15:03:22Z`. @param at Unix time, ms */
export function formatMoment(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
