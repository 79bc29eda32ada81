/** A difference for people, a line for each change: `~ backend replicas policy round-robin → least-conn`. */

import { printable } from '../tree.js'
import type { Change, Difference, KeyChange, Presence } from './difference.js'
import { isTable, type Written } from './written-table.js'

/** Without a line feed at the end; empty when nothing changed. */
export function formatDifference(difference: Difference): string {
  return difference.map(formatChange).join('\n')
}

export function formatChange(change: Change): string {
  return change.change === 'changed' ? keyLine(change) : presenceLine(change)
}

const SIGN = { added: '+', removed: '-' } as const

function presenceLine({ change, noun, name, settings }: Presence): string {
  const telling = Object.entries(TELLING[noun]).map(([key, word]) => `${word}${formatWritten(settings[key])}`)
  return [SIGN[change], noun, name, ...telling].join(' ')
}

/** The settings worth a place in the line, each with the word before it. */
const TELLING: Readonly<Record<Presence['noun'], Readonly<Record<string, string>>>> = {
  frontend: { listen: '', backend: '→ ' },
  backend: { policy: 'policy ' },
  server: { address: '', weight: 'weight ' },
}

function keyLine(change: KeyChange): string {
  const { key, from, to } = change
  const subject = change.noun === 'runtime' ? 'runtime' : `${change.noun} ${change.name}`
  const note = change.noun === 'runtime' && change.takes === 'restart' ? ' (takes a restart)' : ''
  const variable = JSON.stringify(from) === JSON.stringify(to) ? ' (the value of a variable has changed)' : ''
  return `~ ${subject} ${key} ${formatWritten(from)} → ${formatWritten(to)}${variable}${note}`
}

/** `tcp://0.0.0.0:80`, `[r1, r2]`, `{ type = tcp, interval = 2s }`; `none` where there is no value. */
export function formatWritten(value: Written): string {
  if (value === undefined) return 'none'
  if (Array.isArray(value)) return `[${value.map(formatWritten).join(', ')}]`
  if (!isTable(value)) return printable(String(value))
  const set = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{ ${set.map(([key, one]) => `${key} = ${formatWritten(one)}`).join(', ')} }`
}
