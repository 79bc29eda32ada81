/** Amounts of bytes for people, in powers of 1000: `0`, `512`, `1.5k`, `23M`, `1.2G`. */
const UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E']

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.5 would print as 1000
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000
    unit++
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0
  return `${value.toFixed(digits)}${UNITS[unit]}`
}
