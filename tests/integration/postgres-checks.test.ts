/** What is wrong with a check of PostgreSQL is one word in status, log and metrics; its password is nowhere. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Daemon } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { skipWithout } from '../support/installed-programs.js'
import { answering, silent, startMisbehaving } from '../support/misbehaving-servers.js'
import { POSTGRES_PROGRAMS, startPostgres } from '../support/postgres.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const RULES = `
local all all trust
host all postgres 127.0.0.1/32 trust
host all monitor 127.0.0.1/32 scram-sha-256
hostssl all over_tls 127.0.0.1/32 trust
`
const SECRET = 'sharpened-pencil'

t.test(
  'each fault of a server or of its check has its reason',
  { skip: skipWithout(...POSTGRES_PROGRAMS) },
  async (t) => {
    const postgres = await startPostgres(1)
    t.teardown(postgres.stop)
    const [server] = postgres.servers
    if (!server) throw new Error('one server was asked for')
    await server.sql('create role over_tls login')
    await server.sql("create role monitor login password 'another'")
    server.write('pg_hba.conf', RULES)
    await server.sql('select pg_reload_conf()')
    const folder = temporaryFolder()
    t.teardown(folder.remove)
    const file = join(folder.path, 'password')
    writeFileSync(file, SECRET)
    const [mute, garbling, cutting] = await Promise.all(
      [silent, answering('220 ready\r\n'), answering('R\0\0')].map((kind) => startMisbehaving(kind)),
    )
    if (!mute || !garbling || !cutting) throw new Error('three were asked for')
    t.teardown(() => Promise.all([mute, garbling, cutting].map((one) => one.close())))

    const cases: Readonly<Record<string, readonly [reason: string, port: number, keys: string]>> = {
      password: ['wrong-password', server.port, `user = "monitor", password_file = "${file}"`],
      variable: ['wrong-password', server.port, 'user = "monitor", password_env = "ONE_WORD"'],
      database: ['wrong-database', server.port, 'user = "postgres", database = "nowhere"'],
      required: ['tls-required', server.port, 'user = "over_tls", sslmode = "disable"'],
      refused: ['tls-refused', server.port, 'user = "postgres", sslmode = "require"'],
      hanging: ['query-timeout', server.port, 'user = "postgres", query = "select pg_sleep(60)"'],
      mute: ['no-answer', mute.port, 'user = "postgres", sslmode = "disable"'],
      garbling: ['garbage', garbling.port, 'user = "postgres", sslmode = "disable"'],
      cutting: ['truncated', cutting.port, 'user = "postgres", sslmode = "disable"'],
    }
    const sections = Object.entries(cases).map(
      ([name, [, port, keys]]) => `
[frontends.${name}]
listen = "tcp://127.0.0.1:0"
backend = "${name}"
[backends.${name}]
check = { type = "postgres", interval = "200ms", timeout = "2s", fall = 1, ${keys} }
servers = [{ name = "s1", address = "127.0.0.1:${port}" }]
`,
    )
    const daemon = await Daemon.start(sections.join(''), {
      runtime: `engine = "portable"\nmetrics = "127.0.0.1:0"`,
      env: { ONE_WORD: SECRET },
    })
    t.teardown(() => daemon.stop())
    await eventually('all are down', async () => {
      const { backends } = await daemon.status()
      return backends.every(({ servers }) => servers.every(({ health }) => health === 'down'))
    })

    const status = await daemon.status()
    const { metrics } = await daemon.logged(({ event }) => event === 'startup')
    const text = await (await fetch(`http://${metrics}/metrics`)).text()
    for (const [name, [reason]] of Object.entries(cases)) {
      const { check } = status.backends.find((backend) => backend.name === name)?.servers[0] ?? {}
      t.equal(check?.last?.reason, reason, `${name}: ${check?.last?.words}`)
      const down = await daemon.logged((line) => line.event === 'server-down' && line.backend === name)
      t.equal(down.probe_reason, reason, `${name}: in the log`)
      const counted = new RegExp(
        `^headgate_server_probe_failures_total\\{[^}]*backend="${name}"[^}]*reason="${reason}"\\} [1-9]`,
        'm',
      )
      t.match(text, counted, `${name}: in the metrics`)
    }
    const why = await daemon.command('why', 'password/s1')
    const environment = await daemon.ask('show env')
    t.match(environment, /^ONE_WORD=<redacted>$/m)
    const said = [daemon.program.lines.join('\n'), JSON.stringify(status), text, why.stdout, environment].join('\n')
    t.notMatch(said, SECRET, 'the password is nowhere')
  },
)
