/** What a reload tells: each kind of change, in words and as data. */
import t from 'tap'
import { difference } from '../../../src/config/difference/difference.js'
import { formatDifference } from '../../../src/config/difference/format.js'
import { configOf } from '../arbitrary-config.js'

const BASE = `
[frontends.db]
listen = "tcp://0.0.0.0:5432"
backend = "replicas"

[backends.replicas]
policy = "round-robin"
check = { type = "tcp", interval = "2s" }
servers = [
  { name = "r1", address = "10.0.0.11:5432" },
  { name = "r2", address = "10.0.0.12:5432", weight = 50 },
]
`

async function wordsOf(from: string, to: string): Promise<string> {
  return formatDifference(difference(await configOf(from), await configOf(to)))
}

/** The base with some text replaced. */
function edit(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`nothing to edit: ${from}`)
    return text.replace(from, to)
  }, BASE)
}

const changed = (...edits: readonly (readonly [string, string])[]) => wordsOf(BASE, edit(...edits))

t.test('what only looks different is no change', async (t) => {
  t.equal(await changed(['"round-robin"\n', '"round-robin"\nretries = 3 # the default\n']), '')
  t.equal(await changed(['interval = "2s"', 'interval = "2000ms"']), '')
})

t.test('a server comes, goes, changes', async (t) => {
  const third = '\n  { name = "r3", address = "10.0.0.13:5432" },'
  t.equal(await changed(['weight = 50 },', `weight = 50 },${third}`]), '+ server replicas/r3 10.0.0.13:5432 weight 100')
  const second = '  { name = "r2", address = "10.0.0.12:5432", weight = 50 },\n'
  t.equal(await changed([second, '']), '- server replicas/r2 10.0.0.12:5432 weight 50')
  t.equal(
    await changed(['0.12:5432", weight = 50', '0.14:5432", weight = 60, max_sessions = 9']),
    [
      '~ server replicas/r2 address 10.0.0.12:5432 → 10.0.0.14:5432',
      '~ server replicas/r2 weight 50 → 60',
      '~ server replicas/r2 max_sessions 0 → 9',
    ].join('\n'),
  )
})

t.test('another order of servers', async (t) => {
  const first = '  { name = "r1", address = "10.0.0.11:5432" },\n'
  const moved = edit([first, '']).replace('weight = 50 },\n', `weight = 50 },\n${first}`)
  t.equal(await wordsOf(BASE, moved), '~ backend replicas servers [r1, r2] → [r2, r1]')
})

t.test('keys of a backend and its check', async (t) => {
  t.equal(
    await changed(['round-robin', 'least-conn'], ['interval = "2s"', 'interval = "4s", port = 99']),
    [
      '~ backend replicas policy round-robin → least-conn',
      '~ backend replicas check.interval 2s → 4s',
      '~ backend replicas check.fast_interval 1s → 2s',
      '~ backend replicas check.port none → 99',
    ].join('\n'),
  )
  t.match(
    await changed(['{ type = "tcp", interval = "2s" }', 'false']),
    '~ backend replicas check { type = tcp, interval = 2s, fast_interval = 1s, timeout = 1s, rise = 2, fall = 3 } → false',
  )
})

t.test('bytes of a check are written as the file has them', async (t) => {
  const udp = (send: string) => `[frontends.g]
listen = "udp://0.0.0.0:99"
backend = "g"
[backends.g]
check = { type = "udp", send = '${send}' }
servers = [{ name = "g", address = "10.0.0.1:99" }]
`
  t.equal(await wordsOf(udp('\\xffping\\n'), udp('a\\\\b')), '~ backend g check.send \\xffping\\x0a → a\\\\b')
})

t.test('frontends', async (t) => {
  const game = '[frontends.game]\nlisten = "udp://*:99"\nbackend = "g"\n'
  const backend = '[backends.g]\npolicy = "maglev"\nservers = [{ name = "g1", address = "10.0.1.1:99" }]\n'
  const added = [
    '+ frontend game udp://0.0.0.0:99 → g',
    '+ backend g policy maglev',
    '+ server g/g1 10.0.1.1:99 weight 100',
  ]
  t.equal(await wordsOf(BASE, game + backend + BASE), added.join('\n'))
  t.equal(await wordsOf(game + backend + BASE, BASE), added.map((line) => line.replace('+', '-')).join('\n'))
  t.equal(
    await changed(['"tcp://0.0.0.0:5432"', '["tcp://0.0.0.0:5432", "unix:/run/db.sock"]\ntcp = { backlog = 8 }']),
    [
      '~ frontend db listen tcp://0.0.0.0:5432 → [tcp://0.0.0.0:5432, unix:/run/db.sock]',
      '~ frontend db tcp.backlog 1024 → 8',
    ].join('\n'),
  )
})

t.test('runtime: what takes a restart is said', async (t) => {
  t.equal(
    await wordsOf(`[runtime]\nlog = { level = "warn" }\n${BASE}`, `[runtime]\nworkers = 4\nmax_sessions = 7\n${BASE}`),
    [
      '~ runtime workers auto → 4 (takes a restart)',
      '~ runtime max_sessions 0 → 7',
      '~ runtime log.level warn → info',
    ].join('\n'),
  )
})

t.test('for programs it is plain data', async (t) => {
  const changes = difference(await configOf(BASE), await configOf(edit(['weight = 50 }', 'weight = 60 }'])))
  t.strictSame(JSON.parse(JSON.stringify(changes)), [
    { change: 'changed', noun: 'server', name: 'replicas/r2', key: 'weight', from: 50, to: 60 },
  ])
  const gone = difference(
    await configOf(BASE),
    await configOf(edit(['  { name = "r1", address = "10.0.0.11:5432" },\n', ''])),
  )
  t.strictSame(JSON.parse(JSON.stringify(gone)), [
    {
      change: 'removed',
      noun: 'server',
      name: 'replicas/r1',
      settings: { address: '10.0.0.11:5432', weight: 100, max_sessions: 0 },
    },
  ])
})
