import { execFileSync } from 'node:child_process'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPassword } from '../../../src/control/health/probes/password.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const folder = temporaryFolder()
t.teardown(folder.remove)

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder.path, name)
  writeFileSync(path, content)
  return path
}

const misconfigured = (words: string) => ({ passed: false, code: 'SOCKERR', reason: 'misconfigured', words })

t.test('a password is the file without its line end, as it is now', async (t) => {
  for (const [text, password] of [
    ['pencil', 'pencil'],
    ['pencil\n', 'pencil'],
    ['pencil\r\n', 'pencil'],
    [' pen cil \n\n', ' pen cil \n'],
    ['Bleistiftspitzgerät', 'Bleistiftspitzgerät'],
  ] as const) {
    t.equal(await readPassword({ file: file('password', text) }), password)
  }
  symlinkSync(file('target', 'behind a link'), join(folder.path, 'link'))
  t.equal(await readPassword({ file: join(folder.path, 'link') }), 'behind a link')
})

t.test('a password comes from the environment as it is', async (t) => {
  process.env.HEADGATE_TEST_PASSWORD = 'pencil\n'
  t.teardown(() => delete process.env.HEADGATE_TEST_PASSWORD)
  t.equal(await readPassword({ env: 'HEADGATE_TEST_PASSWORD' }), 'pencil')
  t.same(
    await readPassword({ env: 'HEADGATE_TEST_NOTHING' }),
    misconfigured('the environment variable HEADGATE_TEST_NOTHING is not set'),
  )
})

t.test('what is no password is told, and never shown', async (t) => {
  const cases: readonly (readonly [path: string, words: string])[] = [
    [join(folder.path, 'gone'), 'cannot be read: no such file'],
    [folder.path, 'is not a plain file'],
    ['/dev/zero', 'is not a plain file'],
    [file('empty', ''), 'is empty'],
    [file('blank', '\n'), 'is empty'],
    [file('nul', 'pen\0cil'), 'is not text in UTF-8'],
    [file('latin', Uint8Array.of(0x70, 0xe4)), 'is not text in UTF-8'],
    [file('long', 'p'.repeat(16_385)), 'is longer than 16384 bytes'],
  ]
  for (const [path, words] of cases) {
    t.same(await readPassword({ file: path }), misconfigured(`the password file ${path} ${words}`))
  }
})

t.test('a file of somebody else is told', { skip: process.getuid?.() === 0 && 'root may read it' }, async (t) => {
  const path = file('secret', 'pencil')
  chmodSync(path, 0)
  t.same(await readPassword({ file: path }), misconfigured(`the password file ${path} cannot be read: no permission`))
})

t.test('a pipe that nobody writes to holds nothing up', { skip: process.platform === 'win32' }, async (t) => {
  const pipe = join(folder.path, 'pipe')
  execFileSync('mkfifo', [pipe])
  t.same(await readPassword({ file: pipe }), misconfigured(`the password file ${pipe} is not a plain file`))
})
