import type { Command } from 'commander'
import type { ProbeRun } from '../../control/registry/server.js'
import type { WhyDocument } from '../../control/runtime-api/commands/show-why.js'
import { count } from '../format/count.js'
import { type Cell, type Column, formatTable, type TableStyle } from '../format/table.js'
import { formatTime } from '../format/time.js'
import { wrap } from '../format/wrap.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { SERVER_ARGUMENT, wordOf } from './server-word.js'

export function addWhy(program: Command, invocation: Invocation): void {
  const command = program
    .command('why')
    .description('why a server is in its state: last probes, since when, who changed it')
  invocation
    .remote(command.argument(SERVER_ARGUMENT))
    .action((server: string, options: RemoteOptions) => why(server, options, invocation))
}

async function why(server: string, { socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(socket)
  const document = await daemon.ask<WhyDocument>(`show why ${wordOf(server)}`)
  if (json) return invocation.printJson(document)
  const { style } = invocation
  invocation.print(
    `${verdict(document, style)}${sentences(document, style)}${probes(document, style)}${remedy(document, daemon.flag)}`,
  )
}

function verdict({ path, obstacles, status }: WhyDocument, { paint }: TableStyle): string {
  const isTaking = obstacles.length === 0
  const takes = isTaking ? 'takes new sessions' : 'takes no new sessions'
  const verb = status === 'no check' ? 'has' : 'is'
  return `${path} ${verb} ${paint(status, isTaking ? 'green' : 'yellow')}: ${takes}\n`
}

function sentences({ why, sessions, frontends, weight, changed }: WhyDocument, { width }: TableStyle): string {
  const limit = sessions.max === null ? '' : ` of ${sessions.max} allowed`
  const fed = frontends.length === 0 ? 'no frontend feeds it' : `fed by ${frontends.join(', ')}`
  const counts = `${count(sessions.live, 'session')} alive${limit}, ${fed}`
  // a changed weight has its own sentence
  const isSaid = changed.weight !== null || weight.set === 0
  const all = [...why, isSaid ? counts : `weight ${weight.set}, ${counts}`]
  return all.map((one) => wrap(one, width, '  ')).join('')
}

const COLUMNS: readonly Column[] = [
  { head: 'LAST PROBES', isNumber: true },
  { head: 'TIMES', isNumber: true },
  { head: 'RESULT' },
  { head: 'TOOK' },
  { head: 'SAW', shrinks: true },
]

function probes({ probes, now }: WhyDocument, style: TableStyle): string {
  if (probes.length === 0) return ''
  return `\n${formatTable(
    COLUMNS,
    probes.map((run) => probeRow(run, now)),
    style,
  )}`
}

function probeRow({ passed, code, reason, words, count, to, fastestMs, slowestMs }: ProbeRun, now: number): Cell[] {
  return [
    `${formatTime(now - to)} ago`,
    String(count),
    passed ? { text: code, colour: 'green' } : { text: `${code} ${reason}`, colour: 'red' },
    range(fastestMs.toFixed(1), slowestMs.toFixed(1)),
    words,
  ]
}

function range(least: string, most: string): string {
  return least === most ? `${least} ms` : `${least}–${most} ms`
}

/** What gives it sessions again, as far as that is in an operator's hand. */
function remedy({ path, admin, weight }: WhyDocument, flag: string): string {
  const steps: string[] = []
  if (admin !== 'ready') steps.push(`headgate ready ${path}${flag}`)
  if (weight.set === 0) steps.push(`headgate weight ${path} ${weight.configured || 100}${flag}`)
  return steps.length === 0 ? '' : `\nTo give it new sessions again:\n${steps.map((step) => `  ${step}\n`).join('')}`
}
