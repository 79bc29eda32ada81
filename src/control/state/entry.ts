import type { ChangeKind } from '../settings/list.js'
import type { Value } from '../settings/value.js'

/** One setting that an operator gave another value than the config says. */
export interface StateEntry {
  readonly kind: ChangeKind
  /** `backend/server`, the name of a frontend, or `''` for the process. */
  readonly target: string
  /** What the config said when the value was set: another word there beats the value. */
  readonly configured: Value
  readonly value: Value
  /** Who set it. */
  readonly by: string
  /** When: Unix time, ms. */
  readonly at: number
}

/** One for each setting of each target. */
export function entryKey({ kind, target }: Pick<StateEntry, 'kind' | 'target'>): string {
  return `${kind} ${target}`
}
