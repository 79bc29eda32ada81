/** The examples in configs/ load, and full.toml shows every key. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { describedSchema } from '../../scripts/docs/json-schema.js'
import { countConfig } from '../../src/config/config.js'
import { formatConfigErrors } from '../../src/config/errors.js'
import { loadConfig } from '../../src/config/load.js'
import { options } from './options.js'

const folder = new URL('../../configs/', import.meta.url)
const examples = readdirSync(folder).filter((file) => file.endsWith('.toml'))

for (const file of examples) {
  t.test(`configs/${file}`, async (t) => {
    const result = await loadConfig(new URL(file, folder).pathname, { ...options, env: {} })
    t.equal(result.ok ? '' : formatConfigErrors(result.errors), '')
    t.same(result.ok && result.warnings, [])
    t.match(readFileSync(new URL(file, folder), 'utf8'), /^#:schema \.\/headgate\.schema\.json\n/)
  })
}

t.test('there are the examples that the documentation names', async (t) => {
  t.same(examples, [
    'canary.toml',
    'full.toml',
    'galera.toml',
    'game-udp.toml',
    'minimal.toml',
    'mysql-replication.toml',
    'patroni.toml',
    'postgres.toml',
    'redis.toml',
  ])
})

t.test('full.toml shows every key', async (t) => {
  const text = readFileSync(new URL('full.toml', folder), 'utf8')
  const missing = [...keysOf(describedSchema())].filter((key) => !new RegExp(`\\b${key}\\b(?: *=|\\]|\\.)`).test(text))
  t.same(missing, [])
})

t.test('a config is counted for the scoreboard', async (t) => {
  const result = await loadConfig(new URL('full.toml', folder).pathname, { ...options, env: {} })
  t.same(result.ok && countConfig(result.config), { frontends: 2, listeners: 4, backends: 2, servers: 3 })
})

/** All names under `properties`, wherever they are. */
function* keysOf(schema: object): Generator<string> {
  for (const [key, value] of Object.entries(schema)) {
    if (typeof value !== 'object' || value === null) continue
    if (key === 'properties') yield* Object.keys(value)
    yield* keysOf(value)
  }
}
