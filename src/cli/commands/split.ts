import type { Command } from 'commander'
import type { SplitChange } from '../../control/runtime-api/commands/set-split.js'
import type { SplitDocument } from '../../control/runtime-api/commands/show-split.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { type Cell, type Column, formatTable } from '../format/table.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { wordOf } from './server-word.js'

export function addSplit(program: Command, invocation: Invocation): void {
  const command = program
    .command('split')
    .description('show or set the weights by which a frontend splits over its backends')
    .argument('[frontend]')
    .argument('[backend=weight...]', 'weights from 0 to 256: canary=25; backends that are not named keep theirs')
  invocation
    .remote(command)
    .action((frontend: string | undefined, weights: readonly string[], options: RemoteOptions) =>
      frontend === undefined || weights.length === 0
        ? showSplit(frontend, options, invocation)
        : setSplit(frontend, weights, options, invocation),
    )
}

async function showSplit(
  frontend: string | undefined,
  { socket, json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  const question = frontend === undefined ? 'show split' : `show split ${wordOf(frontend)}`
  const found = await invocation.daemon(socket).ask<readonly SplitDocument[]>(question)
  if (json) return invocation.printJson(found)
  if (found.length === 0) return invocation.print('No frontend feeds several backends.\n')
  invocation.print(formatTable(COLUMNS, found.flatMap(rows), invocation.style))
}

const COLUMNS: readonly Column[] = [
  { head: 'FRONTEND', shrinks: true },
  { head: 'BACKEND', shrinks: true },
  { head: 'WEIGHT', isNumber: true },
  { head: 'SHARE', isNumber: true },
  { head: 'CONFIGURED', isNumber: true },
  { head: 'SERVING', isNumber: true },
]

function rows({ frontend, backends }: SplitDocument): Cell[][] {
  return backends.map(({ backend, weight, share, serving }) => [
    frontend,
    backend,
    String(weight.set),
    percent(share),
    String(weight.configured),
    serving === 0 ? { text: '0', colour: share > 0 ? 'red' : 'dim' } : String(serving),
  ])
}

async function setSplit(
  frontend: string,
  weights: readonly string[],
  { socket, json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  const wrong = weights.find((word) => !/^[^=]+=\d+$/.test(word))
  if (wrong !== undefined) {
    throw new Failure(`"${wrong}" is no weight of a backend: expected for example canary=25`, EXIT.usage)
  }
  const daemon = invocation.daemon(socket)
  const words = [frontend, ...weights].map(wordOf).join(' ')
  const change = await daemon.ask<SplitChange>(`set split ${words}`)
  if (json) invocation.printJson(change)
  else invocation.print(`${changeWords(change, daemon.flag)}\n${unservedWords(change)}`)
}

function changeWords({ frontend, was, is }: SplitChange, flag: string): string {
  const changed = Object.keys(is).filter((backend) => was[backend] !== is[backend])
  if (changed.length === 0) return `${frontend}: ${sharesOf(is)} already, nothing changed`
  const before = changed.map((backend) => `${backend}=${was[backend]}`).join(' ')
  return `${frontend}: ${sharesOf(was)} → ${sharesOf(is)}. Undo: headgate split ${frontend} ${before}${flag}`
}

/** `stable 90 (78%) canary 25 (22%)` */
function sharesOf(split: SplitChange['is']): string {
  const sum = Object.values(split).reduce((sum, weight) => sum + weight, 0)
  return Object.entries(split)
    .map(([backend, weight]) => `${backend} ${weight} (${percent(weight / sum)})`)
    .join(', ')
}

function unservedWords({ unserved, is }: SplitChange): string {
  const isAlone = unserved.length === Object.values(is).filter((weight) => weight > 0).length
  const fate = isAlone ? 'clients are refused' : 'its share goes to the others'
  return unserved.map((backend) => `${backend} has no server in rotation: ${fate}\n`).join('')
}

function percent(share: number): string {
  const percents = share * 100
  return `${percents > 0 && percents < 10 ? Number(percents.toFixed(1)) : Math.round(percents)}%`
}
