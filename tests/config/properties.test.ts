/** Whatever is in the file: no throw, and a Config or errors that each name a line. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { formatConfigErrors } from '../../src/config/errors.js'
import { type ConfigResult, readConfig } from '../../src/config/load.js'
import { options, SECRET } from './options.js'

const valid = new URL('valid/', import.meta.url)
const configs = readdirSync(valid)
  .filter((file) => file.endsWith('.toml'))
  .map((file) => readFileSync(new URL(file, valid), 'utf8'))

function assertSound(result: ConfigResult): void {
  if (result.ok) return
  if (result.errors.length === 0) throw new Error('neither a config nor an error')
  const [last] = result.errors.slice(-1)
  const rest = last?.found.endsWith(' more') ? result.errors.slice(0, -1) : result.errors
  const lost = rest.find(({ line, column }) => !(line !== undefined && line > 0 && column !== undefined && column > 0))
  if (lost) throw new Error(`no line: ${JSON.stringify(lost)}`)
  const text = formatConfigErrors(result.errors)
  if (/Invalid input|undefined|\[object|\p{Cc}/u.test(text.replaceAll('\n', '')))
    throw new Error(`not for people: ${text}`)
  if (text.includes(SECRET)) throw new Error(`shows a secret: ${text}`)
}

const variable = (name: string) => `\${${name}}`

const sound = async (source: string | Uint8Array) => assertSound(await readConfig(source, 'x.toml', options))

t.test('arbitrary bytes', () => fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), sound), { numRuns: 300 }))

t.test('arbitrary text', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 })
  return fc.assert(fc.asyncProperty(text, sound), { numRuns: 300 })
})

const NOPE = variable('NOPE')
const HIDDEN = variable('SECRET')

t.test('text made of the pieces of TOML', () => {
  const signs = ['[', ']', '[[', ']]', '{', '}', '"', "'", '"""', '=', '.', ',', '\n', '#', ' ', '\\', '-', ':']
  const words = ['a', 'backends', 'servers', '1', 'true', HIDDEN, '2024-01-01']
  const text = fc.array(fc.constantFrom(...signs, ...words), { maxLength: 40 }).map((all) => all.join(''))
  return fc.assert(fc.asyncProperty(text, sound), { numRuns: 500 })
})

t.test('a good config with something cut out, put in, or said twice', () => {
  const insert = fc.constantFrom('"', '\n', HIDDEN, '= 5', '[x]\n', '\n__proto__ = 1\n')
  const mutation = fc.record({
    config: fc.constantFrom(...configs),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 40 }),
    insert: fc.oneof(fc.string({ maxLength: 5 }), insert),
    twice: fc.boolean(),
  })
  const mutate = fc.asyncProperty(mutation, async ({ config, from, length, insert, twice }) => {
    const at = Math.floor(from * config.length)
    const cut = config.slice(at, at + length)
    await sound(config.slice(0, at) + insert + (twice ? cut + cut : '') + config.slice(at + length))
  })
  return fc.assert(mutate, { numRuns: 500 })
})

t.test('any value at any key', () => {
  const lines = configs.flatMap((config) =>
    config.split('\n').flatMap((line, i) => (/^[\w.]+ *=/.test(line) ? [{ config, i }] : [])),
  )
  const plain = ['5', '-1', '1.5', 'nan', 'true', '[]', '{}', '[[]]', '{ a = 1 }', '2024-01-01', '2024-01-01T00:00:00Z']
  const strings = ['', 'x', 'off', '5s', 'tcp://[::1]:1', '\\u0000', HIDDEN, NOPE].map((text) => `"${text}"`)
  const nested = strings.flatMap((text) => [`[${text}]`, `[{ name = ${text} }]`, `{ type = ${text} }`])
  const values = fc.constantFrom(...plain, ...strings, ...nested)
  const property = fc.asyncProperty(fc.constantFrom(...lines), values, async ({ config, i }, value) => {
    const text = config.split('\n')
    text[i] = `${text[i]?.split('=')[0]}= ${value}`
    await sound(text.join('\n'))
  })
  return fc.assert(property, { numRuns: 500 })
})
