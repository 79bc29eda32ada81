import type { Command } from 'commander'
import type { UndoneChange } from '../../control/runtime-api/commands/undo.js'
import { formatValue } from '../../control/settings/value.js'
import { countingNumber } from '../arguments.js'
import { commandFor, subjectWords, whoWords } from '../format/change-words.js'
import { formatTime } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

export function addUndo(program: Command, invocation: Invocation): void {
  const command = program
    .command('undo')
    .description('reverse the last change made at run time that was not undone yet')
    .argument('[number]', 'that change instead; headgate audit numbers them', countingNumber)
  invocation
    .remote(command)
    .action((number: number | undefined, options: RemoteOptions) => undo(number, options, invocation))
}

async function undo(
  number: number | undefined,
  { socket, json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  const daemon = invocation.daemon(socket)
  const change = await daemon.ask<UndoneChange>(number === undefined ? 'undo' : `undo ${number}`)
  if (json) return invocation.printJson(change)
  const { undone, label, was, is } = change
  const subject = subjectWords({ target: undone.target, label })
  const origin = `undoes change ${undone.number} by ${whoWords(undone.by)}, ${formatTime(Date.now() - undone.at)} ago`
  const redo = commandFor(undone.kind, undone.target, undone.is) ?? `undo ${change.number}`
  const next = isOutOfUse(change) ? `. Use it: headgate ready ${undone.target}${daemon.flag}` : ''
  invocation.print(
    `${subject} ${formatValue(was)} → ${formatValue(is)} (${origin}). Redo: headgate ${redo}${daemon.flag}${next}\n`,
  )
}

/** A server comes back as it went, and `headgate remove` had taken it out of use before. */
function isOutOfUse({ undone: { kind }, is }: UndoneChange): boolean {
  return kind === 'server' && typeof is === 'object' && is !== null && 'admin' in is
}
