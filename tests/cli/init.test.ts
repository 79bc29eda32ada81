import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/cli.js'
import { readConfig } from '../../src/config/load.js'
import { POLICIES } from '../../src/core/policy/list.js'
import { skipWithout } from '../support/installed-programs.js'
import { MARIADB_PROGRAMS, startMariadb } from '../support/mariadb.js'
import { POSTGRES_PROGRAMS, startPostgres } from '../support/postgres.js'
import { REDIS_PROGRAMS, RedisServer } from '../support/redis.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { headgate } from './terminal.js'

const KINDS = ['postgres', 'mysql', 'redis'] as const

function emptyFile(t: Test): string {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  return join(folder.path, 'headgate.toml')
}

async function configIn(file: string) {
  const result = await readConfig(readFileSync(file), file, { env: {}, policies: POLICIES })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result
}

for (const kind of KINDS) {
  t.test(`${kind}: the config that is written is good, and says why it is so`, async (t) => {
    const file = emptyFile(t)
    const servers = ['--server', 'r1=10.0.0.11', '--server', 'r2=db2.example:7000', '--server', 'r3=[fd00::1]:7000']
    const { code, out, err } = await headgate(['init', kind, ...servers, '--yes', '--output', file])
    t.match({ code, err }, { code: 0, err: '' })
    const checked = await headgate(['check', file])
    t.equal(checked.out, `${file}: good, 2 frontends, 1 backend, 3 servers\n`)
    t.equal(checked.err, '', 'without a warning')

    const { config } = await configIn(file)
    t.match(config.frontends, [
      { name: `${kind}-rw`, role: 'primary', listen: [{ host: '127.0.0.1' }] },
      { name: `${kind}-ro`, role: 'replica-or-primary', listen: [{ host: '127.0.0.1' }] },
    ])
    t.match(config.backends, [{ name: kind, policy: 'least-conn', endings: { onDown: 'kill' }, check: { type: kind } }])
    const text = readFileSync(file, 'utf8')
    t.ok((text.match(/^# /gm)?.length ?? 0) > 15, 'with comments')
    for (const line of text.split('\n')) t.ok(line.length <= 100 || line.includes(file), line)

    t.match(out, `${file} is written.`)
    t.match(out, 'THE-PASSWORD', 'how to make the user')
    t.match(out, `headgate probe ${kind}/r1 -c ${file}`)
    t.match(out, /for writes {2}\w+:\/\/USER@127\.0\.0\.1:\d+.*\n +for reads {3}\w+:\/\/USER@127\.0\.0\.1:\d+/)
  })

  t.test(`${kind}: what is written as a comment, to be taken, is good as well`, async (t) => {
    const file = emptyFile(t)
    await headgate(['init', kind, '--server', 'r1=10.0.0.11', '--yes', '--output', file])
    const taken = readFileSync(file, 'utf8').replaceAll(/^# (\w+ = )/gm, '$1')
    t.not(taken, readFileSync(file, 'utf8'))
    const result = await readConfig(taken, file, { env: {}, policies: POLICIES })
    t.equal(result.ok, true, JSON.stringify(result))
  })
}

t.test('options say what shall be otherwise', async (t) => {
  const file = emptyFile(t)
  const flags = ['--rw', '6432', '--ro', '0.0.0.0:6433', '--user', 'monitor', '--password-file', '/run/secrets/db']
  const { out } = await headgate(['init', 'postgres', '--server', 'a=10.0.0.1', ...flags, '--output', file, '--json'])
  t.match(JSON.parse(out), {
    file,
    servers: ['a=10.0.0.1:5432'],
    connections: {
      write: 'postgresql://USER@127.0.0.1:6432/DATABASE?target_session_attrs=read-write',
      read: 'postgresql://USER@127.0.0.1:6433/DATABASE',
    },
  })
  const { config } = await configIn(file)
  t.match(
    config.frontends.map(({ listen }) => listen),
    [[{ host: '127.0.0.1', port: 6432 }], [{ host: '0.0.0.0', port: 6433 }]],
  )
  t.match(config.backends[0]?.check, { login: { user: 'monitor', password: { file: '/run/secrets/db' } } })
})

t.test('commands that it suggests can be pasted into a shell', async (t) => {
  const file = `${emptyFile(t)} of mine`
  const secret = "/etc/it's here/pw"
  const options = ['--server', 'r1=10.0.0.11', '--password-file', secret, '--yes', '--output', file]
  const { code, out } = await headgate(['init', 'redis', ...options])
  t.equal(code, 0)
  t.ok(out.includes(`headgate run -c '${file}'\n`), out)
  t.ok(out.includes(`headgate probe redis/r1 -c '${file}' `))
  t.ok(out.includes("/dev/stdin '/etc/it'\\''s here/pw' "))
  t.ok(readFileSync(file, 'utf8').includes(`#   headgate check '${file}'\n`))
})

t.test('a file that is there is never written over without --force', async (t) => {
  const file = emptyFile(t)
  writeFileSync(file, 'precious')
  const args = ['init', 'redis', '--server', 'r1=10.0.0.11', '--yes', '--output', file]
  const { code, err } = await headgate(args)
  t.match({ code, err }, { code: 1, err: /is there already: give another --output, or --force/ })
  t.equal(readFileSync(file, 'utf8'), 'precious')
  t.match(await headgate([...args, '--force']), { code: 0 })
  t.not(readFileSync(file, 'utf8'), 'precious')
  const nowhere = await headgate(['init', 'redis', '--server', 'r1=10.0.0.11', '--yes', '--output', `${file}/x/y`])
  t.match(nowhere, { code: 1, err: /y cannot be written/ })
})

t.test('without a terminal what is missing is said, and nothing is written', async (t) => {
  const file = emptyFile(t)
  const cases: readonly (readonly [readonly string[], string | RegExp])[] = [
    [[], 'nobody to ask: give --server, --rw, --ro, --user, --password-file, or --server and --yes'],
    [['--yes'], /nobody to ask: give --server\n/],
    [['--yes', '--server', '10.0.0.11'], '--server 10.0.0.11: expected NAME=ADDRESS, such as r1=10.0.0.11:3306'],
    [
      ['--yes', '--server', 'r1=10.0.0.11', '--server', 'r1=10.0.0.12'],
      'expected another name than r1, which is taken',
    ],
    [['--yes', '--server', 'r1=10.0.0.11:99999'], '--server r1=10.0.0.11:99999: expected'],
    [['--yes', '--server', 'r1=a', '--rw', '0'], '--rw 0: expected a port from 1 to 65535'],
    [['--yes', '--server', 'r1=a', '--ro', 'example:3306'], '--ro example:3306: expected a port from 1 to 65535'],
    [['--yes', '--server', 'r1=a', '--user', "o'neil"], "--user o'neil: expected a name of 1 to 32 letters"],
    [['--yes', '--server', 'r1=a', '--password-file', 'secret'], '--password-file secret: expected an absolute path'],
    [
      ['--yes', '--server', 'r1=a', '--rw', '3306', '--ro', '3306'],
      'these do not go together, and nothing was written',
    ],
  ]
  for (const [flags, words] of cases) {
    const { code, out, err } = await headgate(['init', 'mysql', ...flags, '--output', file])
    t.equal(code, 2, flags.join(' '))
    t.match(err, words)
    t.equal(out, '')
    t.notOk(existsSync(file))
  }
  t.match(await headgate(['init', 'oracle']), { code: 2, err: /Allowed choices are postgres, mysql, redis/ })
})

/** Types these lines on a terminal. */
async function typing(lines: readonly string[], ...args: readonly string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  stdin.end(lines.map((line) => `${line}\n`).join(''))
  let out = ''
  let err = ''
  const stdout = { isTTY: true, columns: 100, write: (text: string) => (out += text) }
  const stderr = { write: (text: string) => (err += text) }
  const code = await run(['init', ...args], { stdin, stdout, stderr, env: {} })
  return { code, out, err }
}

t.test('on a terminal it asks for what was not given, again where an answer cannot be read', async (t) => {
  const file = emptyFile(t)
  const lines = ['r1', '', 'r1=10.0.0.11', 'r2=10.0.0.12:6000', '', '0.0.0.0:5000', '', 'monitor', '', file, 'y']
  const { code, out, err } = await typing(lines, 'postgres')
  t.match({ code, err }, { code: 0, err: '' })
  t.match(out, 'Server 1 (such as r1=10.0.0.11:5432):   expected NAME=ADDRESS, such as r1=10.0.0.11:5432\n')
  t.match(out, 'Port, or address and port, for writes [127.0.0.1:5432]: ')
  const { config } = await configIn(file)
  t.match(config.frontends, [{ listen: [{ host: '0.0.0.0', port: 5000 }] }, { listen: [{ port: 5433 }] }])
  t.match(config.backends[0]?.servers, [
    { name: 'r1', address: { host: '10.0.0.11', port: 5432 } },
    { name: 'r2', address: { port: 6000 } },
  ])
  t.match(config.backends[0]?.check, {
    login: { user: 'monitor', password: { file: '/etc/headgate/postgres.password' } },
  })
})

t.test('who says no, or goes away, has written nothing', async (t) => {
  const file = emptyFile(t)
  const flags = ['redis', '--server', 'r1=10.0.0.11', '--rw', '6379', '--ro', '6380', '--output', file]
  t.match(await typing(['', '', 'n'], ...flags), { code: 1, err: /nothing was written/ })
  t.match(await typing([''], ...flags), { code: 1, err: /no answer: nothing was written/ })
  t.notOk(existsSync(file))
})

/** The user is made as printed, and the written check gets in. */
async function getsIn(
  t: Test,
  kind: string,
  port: number,
  make: (steps: readonly (readonly string[])[]) => Promise<unknown>,
) {
  const file = emptyFile(t)
  const passwordFile = `${file}.password`
  writeFileSync(passwordFile, 'THE-PASSWORD\n')
  const flags = ['--server', `r1=127.0.0.1:${port}`, '--password-file', passwordFile, '--output', file]
  const { out } = await headgate([
    'init',
    kind,
    ...flags,
    '--rw',
    '5000',
    '--ro',
    '5001',
    '--user',
    'headgate',
    '--json',
  ])
  const { account }: { account: readonly { lines: readonly string[] }[] } = JSON.parse(out)
  await make(account.map(({ lines }) => lines.filter((line) => !/^(?:--|#)/.test(line))))
  const probed = await headgate(['probe', `${kind}/r1`, '-c', file])
  t.equal(probed.code, 0, `${probed.out}${probed.err}`)
  t.match(probed.out, /primary/, 'and sees its role')
}

t.test('the user for PostgreSQL', { skip: skipWithout(...POSTGRES_PROGRAMS) }, async (t) => {
  const { servers, stop } = await startPostgres(1)
  t.teardown(stop)
  const [server] = servers
  if (!server) throw new Error('one was asked for')
  await getsIn(t, 'postgres', server.port, ([sql = []]) => server.sql(sql.join('\n')))
})

t.test('the user for MariaDB', { skip: skipWithout(...MARIADB_PROGRAMS) }, async (t) => {
  const { servers, stop } = await startMariadb({})
  t.teardown(stop)
  const [server] = servers
  if (!server) throw new Error('one was asked for')
  await getsIn(t, 'mysql', server.port, ([user = [], , grant = []]) => server.sql([...user, ...grant].join('\n')))
})

t.test('the user for Redis', { skip: skipWithout(...REDIS_PROGRAMS) }, async (t) => {
  const server = await RedisServer.start()
  t.teardown(() => server.stop())
  await getsIn(t, 'redis', server.port, ([[acl = ''] = []]) => server.command(...acl.split(' ')))
})
