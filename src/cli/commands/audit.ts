import { type Command, Option } from 'commander'
import type { AuditDocument, AuditedChange } from '../../control/runtime-api/commands/show-audit.js'
import { formatValue } from '../../control/settings/value.js'
import { countingNumber } from '../arguments.js'
import { whoWords } from '../format/change-words.js'
import { type Cell, type Column, formatTable } from '../format/table.js'
import { formatMoment } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

interface Options extends RemoteOptions {
  readonly last?: number
}

export function addAudit(program: Command, invocation: Invocation): void {
  const command = program
    .command('audit')
    .description('who changed what and when, since the daemon started')
    .argument('[backend/server|frontend]', 'only changes of this one')
    .addOption(new Option('-n, --last <number>', 'only so many, the last ones').argParser(countingNumber))
  invocation
    .remote(command)
    .action((target: string | undefined, options: Options) => audit(target, options, invocation))
}

async function audit(
  target: string | undefined,
  { socket, json, last }: Options,
  invocation: Invocation,
): Promise<void> {
  const { changes } = await invocation.daemon(socket).ask<AuditDocument>('show audit')
  const wanted = changes.filter((change) => target === undefined || change.target === target)
  const shown = last === undefined ? wanted : wanted.slice(-last)
  if (json) return invocation.printJson(shown)
  const where = target === undefined ? '' : ` of ${target}`
  if (shown.length === 0) return invocation.print(`Nothing${where} was changed since the start.\n`)
  invocation.print(formatTable(COLUMNS, shown.map(row), invocation.style))
}

const COLUMNS: readonly Column[] = [
  { head: '#', isNumber: true },
  { head: 'WHEN' },
  { head: 'OF', shrinks: true },
  { head: 'WHAT', shrinks: true },
  { head: 'WAS', shrinks: true },
  { head: 'IS', shrinks: true },
  { head: 'BY', shrinks: true },
]

function row({ number, at, target, label, was, is, by, undoes, undoneBy }: AuditedChange): Cell[] {
  const value: Cell = undoneBy === undefined ? formatValue(is) : { text: formatValue(is), colour: 'dim' }
  const notes = [
    ...(undoes === undefined ? [] : [`undoes ${undoes}`]),
    ...(undoneBy === undefined ? [] : [`undone by ${undoneBy}`]),
  ]
  const who = [whoWords(by), ...notes].join(', ')
  return [String(number), formatMoment(at), target, label, formatValue(was), value, who]
}
