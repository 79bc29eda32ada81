/** Where results go: every run to bench-results/, a whole one into docs/performance.md too. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './report.js'
import type { Results } from './results.js'

const FOLDER = 'bench-results'
const PAGE = 'docs/performance.md'
const BEGIN = '<!-- written by npm run bench: begin -->'
const END = '<!-- written by npm run bench: end -->'

/** @returns the names of the files written */
export function writeResults(results: Results, isWhole: boolean): string[] {
  mkdirSync(FOLDER, { recursive: true })
  const json = join(FOLDER, `${results.at.replaceAll(':', '-').slice(0, 19)}.json`)
  writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`)
  if (!isWhole) return [json]
  const page = readFileSync(PAGE, 'utf8')
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (before < 0 || after < before) throw new Error(`${PAGE} has lost the lines "${BEGIN}" and "${END}"`)
  writeFileSync(PAGE, `${page.slice(0, before)}${BEGIN}\n${report(results)}\n${page.slice(after)}`)
  return [json, PAGE]
}
