/** Files as they come: missing, too big, not text; and what loading costs. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { formatConfigErrors } from '../../src/config/errors.js'
import { loadConfig, readConfig } from '../../src/config/load.js'
import { options } from './options.js'

const MINIMAL = `[frontends.web]
listen = "tcp://0.0.0.0:80"
backend = "web"
[backends.web]
servers = [{ name = "w1", address = "10.0.0.1:80" }]
`

async function errorsOf(path: string): Promise<string> {
  const result = await loadConfig(path, options)
  return result.ok ? '' : formatConfigErrors(result.errors)
}

t.test('a file that cannot be read is an error like any other', async (t) => {
  const folder = t.testdir({ 'good.toml': MINIMAL })
  t.equal(
    await errorsOf(`${folder}/none.toml`),
    `${folder}/none.toml: found no such file, expected a readable config file`,
  )
  t.equal(await errorsOf(folder), `${folder}: found a directory, expected a readable config file`)
  t.match(await errorsOf(`${folder}/good.toml/x`), 'found the error ENOTDIR')
  t.match(await errorsOf(`${folder}/${'x'.repeat(300)}`), 'found the error ENAMETOOLONG')
  t.match(await errorsOf('a\0b'), 'found the error ERR_INVALID_ARG_VALUE')
  t.equal(await errorsOf(`${folder}/good.toml`), '')
})

t.test('a 10 MB file is refused by its size, unread', async (t) => {
  const path = `${t.testdir({ 'big.toml': '#'.repeat(10_000_000) })}/big.toml`
  t.equal(await errorsOf(path), `${path}: found 10000000 bytes, expected at most 1048576 bytes (1 MiB)`)
})

t.test('a device that never ends is refused', { skip: process.platform === 'win32' }, async (t) => {
  t.equal(await errorsOf('/dev/zero'), '/dev/zero: found 1048577 bytes, expected at most 1048576 bytes (1 MiB)')
})

t.test('a file of exactly 1 MiB is read', async (t) => {
  const text = MINIMAL + '#'.repeat(1024 * 1024 - MINIMAL.length)
  t.ok((await readConfig(text, 'x', options)).ok)
  t.notOk((await readConfig(`${text}#`, 'x', options)).ok)
})

t.test('cut off anywhere, it is a Config or errors with a line', async (t) => {
  for (let length = 0; length < MINIMAL.length; length++) {
    const result = await readConfig(MINIMAL.slice(0, length), 'cut.toml', options)
    if (result.ok) t.equal(length, MINIMAL.length - 1, 'only the last line feed may be missing')
    else t.ok(result.errors.every(({ line }) => line !== undefined && line > 0))
  }
})

t.test('errors are plain JSON', async (t) => {
  const result = await readConfig(MINIMAL.replace('web"\n[', 'wep"\n['), 'x.toml', options)
  t.notOk(result.ok)
  t.same(JSON.parse(JSON.stringify(result)), {
    ok: false,
    errors: [
      {
        file: 'x.toml',
        line: 3,
        column: 11,
        path: 'frontends.web.backend',
        found: '"wep"',
        expected: 'the name of a backend',
        fix: 'did you mean "web"?',
      },
    ],
  })
})

const REFUSE = `export const resolve = (name, context, next) => {
  if (/^(zod|toml)/.test(name)) throw new Error('loaded ' + name)
  return next(name, context)
}`
const REGISTER = `import { register } from 'node:module'
register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(REFUSE)}`)})`

t.test('importing the way in loads neither zod nor a TOML parser', async (t) => {
  const importing = (file: string) => {
    const register = `data:text/javascript,${encodeURIComponent(REGISTER)}`
    const entry = new URL(`../../src/config/${file}`, import.meta.url).href
    const script = ['--input-type=module', '-e', `import ${JSON.stringify(entry)}`]
    return promisify(execFile)(process.execPath, ['--import', 'tsx', '--import', register, ...script])
  }
  await t.resolves(importing('load.ts'))
  await t.resolves(importing('errors.ts'))
  await t.resolves(importing('config.ts'))
  await t.rejects(importing('parse.ts'), /loaded (zod|toml)/, 'the guard works')
})
