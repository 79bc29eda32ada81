/**
 * Reads tap's output from standard input and says what a person wants to know of it: a line for each test file, the
 * failures with their details, the skipped tests with their reasons, and the closing line. Exits with 1 when anything
 * failed. Its argument is the number of checks that failed before the tests ran.
 */
import { createInterface } from 'node:readline'

const FILE_RESULT = /^(not ok|ok) \d+ - (.*?)(?: # time=(.+))?$/
const SKIPPED = /^\s+ok \d+ - (.*?) # SKIP ?(.*)$/
const TOTALS = /^# \{ total: .* \}$/

interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

function readTotals(line: string): Totals {
  const number = (name: string) => Number(new RegExp(` ${name}: (\\d+)`).exec(line)?.[1] ?? 0)
  return { passed: number('pass'), failed: number('fail'), skipped: number('skip') + number('todo') }
}

/** Without what passed, and without the blank lines that it leaves. */
function failingPart(lines: readonly string[]): string {
  return lines.filter((line) => line.trim() !== '' && !/^\s*ok \d+ - /.test(line)).join('\n')
}

const earlierFailures = Number(process.argv[2] ?? 0)
let totals: Totals | undefined
let file: string[] = []
for await (const line of createInterface({ input: process.stdin })) {
  const result = FILE_RESULT.exec(line)
  const skipped = SKIPPED.exec(line)
  if (TOTALS.test(line)) totals = readTotals(line)
  if (skipped) console.log(`skip  ${skipped[1]}: ${skipped[2] || 'no reason given'}`)
  if (!result) {
    file.push(line)
    continue
  }
  const [, verdict, name, time = ''] = result
  console.log(`${verdict === 'ok' ? 'ok   ' : 'FAIL '} ${name} ${time && `(${time})`}`)
  if (verdict !== 'ok') console.log(failingPart(file))
  file = []
}

if (!totals) console.log(`FAIL  tap ended without its totals\n${failingPart(file)}`)
const passed = totals?.passed ?? 0
const failed = (totals?.failed ?? 1) + earlierFailures
const skipped = totals?.skipped ?? 0
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0
