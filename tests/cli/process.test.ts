import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { EXIT } from '../../src/cli/exit-codes.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { headgate } from './terminal.js'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const NODE_ARGS = ['--import', 'tsx', MAIN]
const folder = temporaryFolder()
t.after(() => folder.remove())

const GOOD = `
[frontends.f]
listen = "tcp://127.0.0.1:0"
backend = "b"
[backends.b]
servers = [{ name = "s", address = "127.0.0.1:1" }]
`

t.test('check: a good config, a bad one, and none', async (t) => {
  const good = join(folder.path, 'good.toml')
  const bad = join(folder.path, 'bad.toml')
  writeFileSync(good, GOOD)
  writeFileSync(bad, GOOD.replace('listen', 'lisen').replace('"127.0.0.1:1"', '7'))
  t.same(await headgate(['check', '-c', good]), {
    code: 0,
    out: `${good}: good, 1 frontend, 1 backend, 1 server\n`,
    err: '',
  })
  t.match(await headgate(['check', good]), { code: EXIT.ok, out: /: good, / }, 'without -c too')
  t.match(await headgate(['check', good, '-c', bad]), { code: EXIT.usage, err: /one file at a time/ })
  const wrong = await headgate(['check', '-c', bad])
  t.match(wrong, { code: EXIT.failed, out: '' })
  t.match(wrong.err, /bad\.toml:3: frontends\.f\.lisen: /)
  t.match(wrong.err, /listen/, 'the nearest key')
  t.match(wrong.err, /^.*bad\.toml: \d errors$/m)
  const json = await headgate(['check', '-c', bad, '--json'])
  t.match(JSON.parse(json.out), {
    ok: false,
    errors: [
      { file: bad, line: 2 },
      { file: bad, line: 3 },
    ],
  })
  t.equal(json.code, EXIT.failed)
  t.match(JSON.parse((await headgate(['check', '-c', good, '--json'])).out), { ok: true, errors: [], warnings: [] })
  t.match(await headgate(['check', '-c', join(folder.path, 'none.toml')]), { code: EXIT.failed, err: /no such file/ })
})

t.test('called wrongly: exit code 2, and a way on', async (t) => {
  const cases = [[], ['drian', 'a/b'], ['drain'], ['check'], ['run'], ['status', '--jsn'], ['drain', 'a/b', 'c/d']]
  for (const args of cases) {
    const { code, out, err } = await headgate(args)
    t.match({ code, out }, { code: EXIT.usage, out: '' }, `headgate ${args.join(' ')}`)
    t.match(err, /headgate|Usage/)
  }
  t.match((await headgate(['drian', 'a/b'])).err, /Did you mean drain\?/)
  t.match((await headgate(['check'])).err, /^headgate: check needs the config file: headgate check FILE$/m)
  for (const option of ['--socket', '--json', '-c']) {
    const { code, err } = await headgate([option, 'x', 'status'])
    const words = `headgate: ${option} belongs behind the command, e.g. headgate COMMAND ${option}\n`
    t.match({ code, err }, { code: EXIT.usage, err: words })
  }
})

t.test('help fits into 80 columns and documents the exit codes', async (t) => {
  const { code, out } = await headgate(['--help'])
  t.equal(code, 0)
  t.same(
    out.split('\n').filter((line) => line.length > 80),
    [],
  )
  for (const value of Object.values(EXIT)) t.match(out, new RegExp(`^  ${value}  \\S`, 'm'))
  t.match((await headgate(['drain', '--help'])).out, /--timeout <duration>/)
})

t.test('the version is that of the package', async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  t.same(await headgate(['--version']), { code: 0, out: `${version}\n`, err: '' })
})

t.test('as a process: exit codes come out, and a closed pipe is no error', async (t) => {
  const child = execFile(process.execPath, [...NODE_ARGS, 'status', '--socket', '/nonexistent/h.sock'])
  const [code] = await once(child, 'exit')
  t.equal(code, EXIT.unreachable)
  const piped = spawn(process.execPath, [...NODE_ARGS, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  piped.stdout.destroy()
  let err = ''
  piped.stderr.on('data', (chunk) => (err += chunk))
  const [status] = await once(piped, 'close')
  t.same([status, err], [0, ''])
})

t.test('as a process: output that cannot be written changes no failure into a success', async (t) => {
  const bad = join(folder.path, 'unread.toml')
  writeFileSync(bad, GOOD.replace('listen', 'lisen'))
  const unread = spawn(process.execPath, [...NODE_ARGS, 'check', '--json', bad], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  unread.stdout.destroy()
  t.same(await once(unread, 'close'), [EXIT.failed, null])

  const untold = spawn(process.execPath, [...NODE_ARGS, 'drian'], { stdio: ['ignore', 'inherit', 'pipe'] })
  untold.stderr.destroy()
  t.same(await once(untold, 'close'), [EXIT.usage, null])
})

t.test('as a process: a full disk is said', { skip: !existsSync('/dev/full') && 'no /dev/full' }, async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const child = spawn(process.execPath, [...NODE_ARGS, '--help'], { stdio: ['ignore', full, 'pipe'] })
  let err = ''
  child.stderr?.on('data', (chunk) => (err += chunk))
  t.same(await once(child, 'close'), [EXIT.failed, null])
  t.equal(err, 'headgate: standard output cannot be written: ENOSPC\n')
})
