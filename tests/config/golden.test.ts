/**
 * Every tests/config/valid/*.toml loads to the .json beside it; every tests/config/invalid/*.toml prints the errors of
 * the .txt beside it. A new file is a new test: `UPDATE_GOLDEN=1 npx tap tests/config/golden.test.ts` writes what it
 * does today, to be read before it is committed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { formatConfigErrors, formatConfigWarnings } from '../../src/config/errors.js'
import { type ConfigResult, readConfig } from '../../src/config/load.js'
import { options, SECRET } from './options.js'

const UPDATE = process.env.UPDATE_GOLDEN === '1'
const HINT = 'write it with: UPDATE_GOLDEN=1 npx tap tests/config/golden.test.ts, then read it'

interface Kind {
  readonly folder: string
  readonly extension: string
  readonly print: (result: ConfigResult) => string | undefined
}

const KINDS: readonly Kind[] = [
  { folder: 'valid', extension: '.json', print: printConfig },
  {
    folder: 'invalid',
    extension: '.txt',
    print: (result) => (result.ok ? undefined : `${formatConfigErrors(result.errors)}\n`),
  },
]

function printConfig(result: ConfigResult): string | undefined {
  if (!result.ok) return undefined
  const warnings = formatConfigWarnings(result.warnings).split('\n').filter(Boolean)
  const hex = (_: string, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
  return `${JSON.stringify({ ...result.config, warnings }, hex, 2)}\n`
}

for (const { folder, extension, print } of KINDS) {
  const base = new URL(`${folder}/`, import.meta.url)
  const files = readdirSync(base)
  const configs = files.filter((file) => file.endsWith('.toml'))

  for (const file of configs) {
    t.test(`${folder}/${file}`, async (t) => {
      const result = await readConfig(readFileSync(new URL(file, base)), file, options)
      const printed = print(result)
      if (printed === undefined) {
        t.fail(result.ok ? 'has no error' : formatConfigErrors(result.errors))
        return
      }
      const golden = new URL(file.replace('.toml', extension), base)
      if (UPDATE) writeFileSync(golden, printed)
      const expected = existsSync(golden) ? readFileSync(golden, 'utf8') : undefined
      t.equal(printed, expected, expected === undefined ? `no ${extension} beside it; ${HINT}` : 'is as expected')
      t.notMatch(printed, SECRET, 'shows no value of the environment')
    })
  }

  t.test(`${folder}: each expectation has its config`, async (t) => {
    const orphans = files.filter(
      (file) => !file.endsWith('.toml') && !configs.includes(file.replace(extension, '.toml')),
    )
    t.same(orphans, [])
  })
}
