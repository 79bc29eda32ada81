/** A value of a setting, in the form in which the audit and the state file hold it: what JSON can say. */
export type Value = string | number | boolean | null | { readonly [key: string]: Value }

/** The order of keys says nothing. */
export function isSameValue(one: Value | undefined, other: Value | undefined): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

function sorted(value: Value | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([key, inner]) => [key, sorted(inner)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** For people: `50`, `drain`, `stable=90 canary=10`, `none`. */
export function formatValue(value: Value): string {
  if (value === null) return 'none'
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([key, inner]) => `${key}=${formatValue(inner)}`)
    .join(' ')
}
