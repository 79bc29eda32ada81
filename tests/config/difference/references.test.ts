/** What came from environment variables is told by their names: in words, as data, wherever in the file it stands. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a config names variables
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { Config } from '../../../src/config/config.js'
import { describe } from '../../../src/config/difference/described.js'
import { difference } from '../../../src/config/difference/difference.js'
import { formatDifference } from '../../../src/config/difference/format.js'
import { type Environment, substitute } from '../../../src/config/environment.js'
import { formatConfigErrors } from '../../../src/config/errors.js'
import { readConfig } from '../../../src/config/load.js'
import { readDocument } from '../../../src/config/syntax.js'
import type { Path } from '../../../src/config/tree.js'
import { documentOf, type Value } from '../arbitrary-config.js'
import { options } from '../options.js'

async function configOf(text: string, env: Environment): Promise<Config> {
  const result = await readConfig(text, 'x.toml', { ...options, env })
  if (!result.ok) throw new Error(`${formatConfigErrors(result.errors)}\n${text}`)
  return result.config
}

const withCheck = (check: string, more = '') => `
[frontends.in]
listen = "tcp://127.0.0.1:1"
backend = "exe"
[backends.exe]
check = ${check}
servers = [{ name = "e1", address = "10.0.0.1:1"${more} }]
`
const command = (...words: readonly string[]) => withCheck(`{ type = "exec", command = ${JSON.stringify(words)} }`)

const ENV = { TOKEN: 'hunter3secret', ONE: '1', HOST: '10.9.9.9' }

async function wordsOf(from: string, to: string, [before, after]: readonly [Environment, Environment] = [ENV, ENV]) {
  const changes = difference(await configOf(from, before), await configOf(to, after))
  t.notMatch(JSON.stringify(changes), /hunter/, 'nor as data')
  return formatDifference(changes)
}

t.test('a change to and from a variable', async (t) => {
  const [plain, secret] = [command('/bin/false'), command('/bin/false', '--token=${TOKEN}', '1')]
  t.equal(
    await wordsOf(plain, secret),
    '~ backend exe check.command [/bin/false] → [/bin/false, --token=${TOKEN}, 1]',
    'and a text that only happens to be the value of another one stays',
  )
  t.equal(await wordsOf(secret, plain), '~ backend exe check.command [/bin/false, --token=${TOKEN}, 1] → [/bin/false]')
})

t.test('another value of a variable is told without it', async (t) => {
  const secret = command('/bin/false', '${TOKEN:-none}')
  const both = '[/bin/false, ${TOKEN:-none}]'
  t.equal(
    await wordsOf(secret, secret, [ENV, { TOKEN: 'hunter4' }]),
    `~ backend exe check.command ${both} → ${both} (the value of a variable has changed)`,
  )
  t.equal(await wordsOf(secret, secret, [{ TOKEN: 'none' }, {}]), '', 'the same value by another way is no change')
})

t.test('what is added, removed, and not a text', async (t) => {
  const one = withCheck('false', ', weight = "${ONE}"')
  const two = one.replace(' }]', ' }, { name = "e2", address = "${HOST}:1" }]')
  t.equal(await wordsOf(one, two), '+ server exe/e2 ${HOST}:1 weight 100')
  t.equal(await wordsOf(two, one), '- server exe/e2 ${HOST}:1 weight 100')
  t.equal(await wordsOf(withCheck('false'), one), '~ server exe/e1 weight 100 → ${ONE}')
  const moved = withCheck('false').replace('name = "e1", address = "10.0.0.1:1"', 'name = "e2", address = "${HOST}:1"')
  t.equal(await wordsOf(two, moved), '- server exe/e1 10.0.0.1:1 weight ${ONE}', 'each file has its own places')
})

t.test('a plain ${ is no variable', async (t) => {
  t.equal(
    await wordsOf(command('/bin/false'), command('/bin/false', '$${TOKEN}')),
    '~ backend exe check.command [/bin/false] → [/bin/false, ${TOKEN}]',
  )
})

/**
 * Each text, number and flag becomes a variable, but for two: names of servers stand everywhere anyhow, and the weight of
 * an only backend is never told.
 */
function hidden(value: Value, env: Record<string, string>, path: Path = []): Value {
  if (Array.isArray(value)) return value.map((item: Value, i) => hidden(item, env, [...path, i]))
  if (typeof value === 'object') {
    if (path[2] === 'backend' && Object.keys(value).length === 1) return value
    const entries = Object.entries(value).map(([key, one]) => [key, one && hidden(one, env, [...path, key])])
    return Object.fromEntries(entries)
  }
  if (path[2] === 'servers' && path.at(-1) === 'name') return value
  const name = `VARIABLE_${Object.keys(env).length}`
  env[name] = String(value)
  return `\${${name}}`
}

const VALID = new URL('../valid/', import.meta.url)

for (const file of readdirSync(VALID).filter((name) => name.endsWith('.toml'))) {
  t.test(`valid/${file}: whatever is told comes by its variable`, async (t) => {
    const { tree = {} } = readDocument(readFileSync(new URL(file, VALID), 'utf8').replace(/^\uFEFF/, ''))
    // a document as TOML has it, and no dates in ours
    const values = substitute(tree, options.env).tree as Value
    const env: Record<string, string> = {}
    const text = documentOf(hidden(values, env) as { [key: string]: Value })
    const { runtime, frontends, backends } = describe(await configOf(text, env))
    const told = [
      runtime,
      ...[...frontends, ...backends, ...backends.flatMap(({ servers }) => servers)].map((one) => one.settings),
    ]
    const words = JSON.stringify(told.map((settings) => settings.told))
    t.same(
      Object.entries(env).filter(([name]) => !words.includes(`{${name}}`)),
      [],
    )
  })
}
