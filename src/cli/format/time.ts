/** Times for people: the two largest units, `12s`, `3m 12s`, `2d 5h`. */
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
  return `${Math.floor(seconds / size)}${name}${rest > 0 ? ` ${rest}${smallName}` : ''}`
}

/** A time that was measured by waiting: `0.4s`, `12.3s`, then as formatTime. */
export function formatElapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : formatTime(ms)
}

/** A moment, here: `2026-11-21 15:03:22`. @param at Unix time, ms */
export function formatMoment(at: number): string {
  const time = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(two).join('-')
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`
}
