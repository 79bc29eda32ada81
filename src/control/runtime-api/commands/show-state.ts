import { settingOf } from '../../settings/list.js'
import { formatValue } from '../../settings/value.js'
import type { StateEntry } from '../../state/entry.js'
import type { Command } from '../command.js'
import { show } from '../reply.js'

/** What `json` answers. */
export interface StateDocument {
  /** Null when it is kept in memory alone. */
  readonly file: string | null
  /** Why the file cannot be written at present; null when all is well. */
  readonly failing: string | null
  /** In the order in which they were changed. */
  readonly differences: readonly Difference[]
}

export interface Difference extends StateEntry {
  /** Before the values, e.g. `weight`. */
  readonly label: string
}

export function describeEntry(entry: StateEntry): Difference {
  return { ...entry, label: settingOf(entry.kind).label }
}

export const showState: Command = {
  words: ['show', 'state'],
  usage: 'show state',
  summary: 'what was changed at run time and differs from the config',
  level: 'user',
  most: 0,
  json: true,
  run(_, { state }) {
    const document: StateDocument = {
      file: state.path ?? null,
      failing: state.failing ?? null,
      differences: state.entries.map(describeEntry),
    }
    return show(document.differences.map(line).join(''), document)
  },
}

function line({ label, target, configured, value, by, at }: Difference): string {
  const subject = target === '' ? label : `${target}: ${label}`
  const time = new Date(at).toISOString()
  return `${subject} ${formatValue(value)} (config: ${formatValue(configured)}), by ${by} at ${time}\n`
}
