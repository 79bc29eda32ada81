import type { AuditEntry } from '../../audit/audit.js'
import { undo } from '../../audit/undo.js'
import { settingOf } from '../../settings/list.js'
import { formatValue, type Value } from '../../settings/value.js'
import type { Command } from '../command.js'
import { wholeNumber } from '../number.js'
import { refuse, tell } from '../reply.js'

/** What `json` answers. */
export interface UndoneChange {
  /** The change that holds no more. */
  readonly undone: AuditEntry
  /** Of the change that this undo is: to undo it makes the undone change again. */
  readonly number: number
  /** Before its value, e.g. `weight`. */
  readonly label: string
  /** What the undone change had made it, and what it was before and is again. */
  readonly was: Value
  readonly is: Value
  /** The command of the runtime API that makes the change again. */
  readonly redo: string
}

export const undoCommand: Command = {
  words: ['undo'],
  usage: 'undo [<number>]',
  summary: 'reverse the last change made at run time that was not undone yet, or that number of show audit',
  level: 'admin',
  most: 1,
  json: true,
  async run([text], call) {
    const number = text === undefined ? undefined : wholeNumber(text, Number.MAX_SAFE_INTEGER)
    if (text !== undefined && number === undefined) {
      return refuse(`'undo' expects the number of a change, found '${text}'; 'show audit' lists them.\n`)
    }
    const result = await undo(call.audit, call, number, call.client.name)
    if (!result.ok) return refuse(`${capital(result.why)}.\n`)
    const { undone, number: own } = result
    const { label, command } = settingOf(undone.kind)
    const change: UndoneChange = {
      undone,
      number: own,
      label,
      was: undone.is,
      is: undone.was,
      redo: command(undone.target, undone.is),
    }
    const subject = undone.target === '' ? label : `${undone.target}: ${label}`
    const words = `${subject} ${formatValue(change.was)} -> ${formatValue(change.is)} (change ${undone.number} by ${undone.by})`
    return tell(`${words}. Redo: ${change.redo}\n`, change)
  },
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
