import type { AuditEntry } from '../../audit/audit.js'
import { settingOf } from '../../settings/list.js'
import { formatValue } from '../../settings/value.js'
import type { Command } from '../command.js'
import { wholeNumber } from '../number.js'
import { refuse, show } from '../reply.js'

/** What `json` answers. */
export interface AuditDocument {
  /** Oldest first. */
  readonly changes: readonly AuditedChange[]
}

export interface AuditedChange extends AuditEntry {
  /** Before the values, e.g. `weight`. */
  readonly label: string
}

export const showAudit: Command = {
  words: ['show', 'audit'],
  usage: 'show audit [<number>]',
  summary: 'who changed what and when since the start; with a number only the last ones',
  level: 'operator',
  most: 1,
  json: true,
  run([count], { audit }) {
    const most = count === undefined ? audit.entries.length : wholeNumber(count, Number.MAX_SAFE_INTEGER)
    if (most === undefined) return refuse(`'show audit' expects a number of changes, found '${count}'.\n`)
    const changes = most === 0 ? [] : audit.entries.slice(-most)
    const document: AuditDocument = {
      changes: changes.map((change) => ({ ...change, label: settingOf(change.kind).label })),
    }
    return show(document.changes.map(line).join(''), document)
  },
}

function line({ number, at, label, target, was, is, by, undoes, undoneBy }: AuditedChange): string {
  const notes = [
    ...(undoes === undefined ? [] : [` (undoes ${undoes})`]),
    ...(undoneBy === undefined ? [] : [` (undone by ${undoneBy})`]),
  ]
  const subject = target === '' ? label : `${target}: ${label}`
  const time = new Date(at).toISOString()
  return `${number} ${time} ${subject} ${formatValue(was)} -> ${formatValue(is)}, by ${by}${notes.join('')}\n`
}
