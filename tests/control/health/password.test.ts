import { execFileSync } from 'node:child_process'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FileReads } from '../../../src/control/health/probes/file-reads.js'
import { readPassword } from '../../../src/control/health/probes/password.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const folder = temporaryFolder()
t.teardown(folder.remove)

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder.path, name)
  writeFileSync(path, content)
  return path
}

const ATTEMPT = { timeoutMs: 60_000, signal: new AbortController().signal }
const misconfigured = (words: string) => ({ passed: false, code: 'SOCKERR', reason: 'misconfigured', words })

t.test('a password is the file without its line end, as it is now', async (t) => {
  for (const [text, password] of [
    ['pencil', 'pencil'],
    ['pencil\n', 'pencil'],
    ['pencil\r\n', 'pencil'],
    [' pen cil \n\n', ' pen cil \n'],
    ['Bleistiftspitzgerät', 'Bleistiftspitzgerät'],
  ] as const) {
    t.equal(await readPassword({ file: file('password', text) }, ATTEMPT), password)
  }
  symlinkSync(file('target', 'behind a link'), join(folder.path, 'link'))
  t.equal(await readPassword({ file: join(folder.path, 'link') }, ATTEMPT), 'behind a link')
})

t.test('a password comes from the environment as it is', async (t) => {
  process.env.HEADGATE_TEST_PASSWORD = 'pencil\n'
  t.teardown(() => delete process.env.HEADGATE_TEST_PASSWORD)
  t.equal(await readPassword({ env: 'HEADGATE_TEST_PASSWORD' }, ATTEMPT), 'pencil')
  t.same(
    await readPassword({ env: 'HEADGATE_TEST_NOTHING' }, ATTEMPT),
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
    t.same(await readPassword({ file: path }, ATTEMPT), misconfigured(`the password file ${path} ${words}`))
  }
})

t.test('a file of somebody else is told', { skip: process.getuid?.() === 0 && 'root may read it' }, async (t) => {
  const path = file('secret', 'pencil')
  chmodSync(path, 0)
  t.same(
    await readPassword({ file: path }, ATTEMPT),
    misconfigured(`the password file ${path} cannot be read: no permission`),
  )
})

t.test('a pipe that nobody writes to holds nothing up', { skip: process.platform === 'win32' }, async (t) => {
  const pipe = join(folder.path, 'pipe')
  execFileSync('mkfifo', [pipe])
  t.same(await readPassword({ file: pipe }, ATTEMPT), misconfigured(`the password file ${pipe} is not a plain file`))
})

/** A file system that hangs, until the test says otherwise. */
function hanging() {
  const begun: string[] = []
  const answers: ((content: Buffer) => void)[] = []
  const reads = new FileReads((path) => {
    begun.push(path)
    return new Promise((resolve) => answers.push(resolve))
  })
  const read = (path: string, timeoutMs = 20, signal = new AbortController().signal) =>
    reads.read(path, 10, { timeoutMs, signal }).catch((error: Error) => error.message)
  return { begun, answers, read }
}

t.test('a file system that hangs takes half of the time of a probe, and no thread for each probe', async (t) => {
  const { begun, answers, read } = hanging()
  const late = 'cannot be read within 10ms: does its file system hang?'
  for (let i = 0; i < 3; i++) {
    t.same(await Promise.all(['/a', '/b', '/c'].map((path) => read(path))), [late, late, late])
  }
  t.same(begun, ['/a', '/b'], 'two at once, each once')
  const [a, c] = [read('/a', 60_000), read('/c', 60_000)]
  answers[0]?.(Buffer.from('one'))
  t.same(await a, Buffer.from('one'), 'it is there again')
  answers[2]?.(Buffer.from('three'))
  t.same(await c, Buffer.from('three'))
  t.same(begun, ['/a', '/b', '/c'])
  const again = read('/a', 60_000)
  answers[3]?.(Buffer.from('two'))
  t.same(await again, Buffer.from('two'), 'read anew')
})

t.test('nobody waits for a file once the probe is over', async (t) => {
  const { read } = hanging()
  const end = new AbortController()
  const waiting = read('/a', 60_000, end.signal)
  end.abort()
  t.match(await waiting, /cannot be read/)
  t.match(await read('/a', 60_000, end.signal), /cannot be read/)
})
