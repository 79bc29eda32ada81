/** Reverses one change. */
import { BY_TIMEOUT } from '../registry/pause.js'
import type { Registry } from '../registry/registry.js'
import { settingOf } from '../settings/list.js'
import { BY_AGENT, BY_CONFIG, type Steerable } from '../settings/setting.js'
import { formatValue, isSameValue } from '../settings/value.js'
import type { Audit, AuditEntry } from './audit.js'

export type Undone =
  /** `undone` as it was made; its `is` holds no more, its `was` does. `number` is that of the change that undid it. */
  | { readonly ok: true; readonly undone: AuditEntry; readonly number: number }
  /** Nothing was changed; `why` in words, without a full stop. */
  | { readonly ok: false; readonly why: string }

/**
 * @param number of the change; undefined takes the last one that neither was undone, nor undid another, nor came from a
 *   reload, an agent or a pause that was over
 * Refuses when the value is no longer what the change made it: to set it back then would reverse what somebody else said.
 */
export async function undo(
  audit: Audit,
  steerable: Steerable,
  number: number | undefined,
  by: string,
): Promise<Undone> {
  const entry = number === undefined ? lastStanding(audit) : audit.entry(number)
  if (!entry) return refused(number === undefined ? 'nothing to undo' : `no change ${number} is remembered`)
  const why = obstacle(entry, steerable.registry)
  if (why !== undefined) return refused(why)
  const { apply } = settingOf(entry.kind)
  try {
    await audit.reverse(entry, () => apply(steerable, entry.target, entry.was, by))
    return { ok: true, undone: entry, number: audit.entry(entry.number)?.undoneBy ?? audit.last }
  } catch (error) {
    return refused(`change ${entry.number} cannot be undone: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const NO_OPERATORS: readonly string[] = [BY_CONFIG, BY_AGENT, BY_TIMEOUT]

function lastStanding({ entries }: Audit): AuditEntry | undefined {
  return entries.findLast(
    ({ undoes, undoneBy, by }) => undoes === undefined && undoneBy === undefined && !NO_OPERATORS.includes(by),
  )
}

function obstacle({ number, kind, target, is, undoneBy }: AuditEntry, registry: Registry): string | undefined {
  if (undoneBy !== undefined) return `change ${number} was undone already, by change ${undoneBy}`
  const { label, current } = settingOf(kind)
  const now = current(registry, target)
  if (now === undefined) return `change ${number} cannot be undone: ${target} is gone`
  if (isSameValue(now, is)) return undefined
  const words = `${label}${target === '' ? '' : ` of ${target}`}`
  return `change ${number} cannot be undone: it made the ${words} ${formatValue(is)}, and since then it was made ${formatValue(now)}`
}

function refused(why: string): Undone {
  return { ok: false, why }
}
