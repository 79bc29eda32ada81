/** The state file's text: JSON, one entry a line, so that a person can read it and diff it. */
import { findSetting } from '../settings/list.js'
import { table } from '../settings/parse.js'
import type { StateEntry } from './entry.js'

/** Counts up when an older headgate could not understand it. */
const FORMAT = 1
const MARK = 'headgate-state'

/** No state file is larger: some 30,000 entries. */
export const MOST_BYTES = 8 * 1024 * 1024
/** Of `by` and of a target. */
const LONGEST_TEXT = 300

export type ParsedState =
  /** `problems` tells in words of entries that could not be understood and were left out. */
  | { readonly ok: true; readonly entries: readonly StateEntry[]; readonly problems: readonly string[] }
  /** `why` completes "the state file … cannot be used: ". */
  | { readonly ok: false; readonly why: string }

export interface StateText {
  readonly text: string
  /** Entries beyond MOST_BYTES, the oldest. */
  readonly leftOut: number
}

export function formatState(entries: readonly StateEntry[]): StateText {
  const lines = new Map<StateEntry, string>()
  let room = MOST_BYTES - 200
  for (const entry of entries.toSorted((a, b) => b.at - a.at)) {
    const line = JSON.stringify({ ...entry, by: entry.by.slice(0, LONGEST_TEXT) })
    room -= Buffer.byteLength(line) + 2
    if (room < 0) break
    lines.set(entry, line)
  }
  const kept = entries.flatMap((entry) => lines.get(entry) ?? [])
  return { text: `{"${MARK}":${FORMAT},"entries":[\n${kept.join(',\n')}\n]}\n`, leftOut: entries.length - kept.length }
}

export function parseState(bytes: Uint8Array): ParsedState {
  const document = parseJson(bytes)
  if (!document) return { ok: false, why: 'it is damaged, or no state file of headgate' }
  const { [MARK]: format, entries } = document
  if (typeof format === 'number' && format > FORMAT) {
    return { ok: false, why: `a newer headgate wrote it (format ${format}, this one knows ${FORMAT})` }
  }
  if (format !== FORMAT || !Array.isArray(entries)) return { ok: false, why: 'it is no state file of headgate' }
  const parsed = entries.map(parseEntry)
  return {
    ok: true,
    entries: parsed.filter((entry) => typeof entry !== 'string'),
    problems: parsed.filter((entry) => typeof entry === 'string'),
  }
}

function parseJson(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    return table(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    return undefined
  }
}

/** The entry, or what is wrong with it. */
function parseEntry(entry: unknown, index: number): StateEntry | string {
  const { kind, target, configured, value, by, at } = table(entry) ?? {}
  const words = `entry ${index + 1} (${shortened(kind)} of ${shortened(target)})`
  const setting = typeof kind === 'string' ? findSetting(kind) : undefined
  if (!setting) return `${words} is of a kind that this headgate does not know`
  const [before, after] = [setting.parse(configured), setting.parse(value)]
  if (!isText(target) || !isText(by) || !isTime(at) || before === undefined || after === undefined) {
    return `${words} is damaged`
  }
  return { kind: setting.kind, target, configured: before, value: after, by, at }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TEXT
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function shortened(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value
}
