import { readFileSync } from 'node:fs'
import t from 'tap'
import { LOG_EVENTS, LOG_FIELDS, type LogEvent } from '../../../src/control/log/events.js'
import { WORKER_NOTICES } from '../../../src/core/messages.js'
import { CLOSE_REASONS } from '../../../src/core/reasons.js'
import { type CloseRecord, sessionLine } from '../../../src/core/session-line.js'
import { serverOf, smallRegistry } from '../small-registry.js'
import { memoryLog } from './memory-log.js'

const AT = { family: 4, host: '127.0.0.1', port: 5432 } as const
const RECORD: CloseRecord = {
  id: '0-17',
  protocol: 'tcp',
  frontend: 'front',
  backend: 'db',
  server: 'r1',
  client: '10.0.0.9:51234',
  reason: 'done',
  cancel: undefined,
  endedAt: Date.UTC(2026, 10, 21, 9, 21) + 1234.56789,
  durationMs: 1234.56789,
  waitMs: undefined,
  connectMs: 0.4321,
  retries: 0,
  bytesIn: 345,
  bytesOut: 6789,
  datagramsIn: undefined,
  datagramsOut: undefined,
  detail: undefined,
}

t.test('the line of a closed session', (t) => {
  const { log, lines } = memoryLog(t)
  log.sessions(sessionLine(RECORD), 1)
  const [{ time, ...line } = {}] = lines()
  t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.same(line, {
    level: 'info',
    event: 'session',
    id: '0-17',
    protocol: 'tcp',
    frontend: 'front',
    backend: 'db',
    server: 'r1',
    client: '10.0.0.9:51234',
    reason: 'done',
    began: '2026-11-21T09:21:00.000Z',
    duration_ms: 1234.568,
    connect_ms: 0.432,
    retries: 0,
    bytes_in: 345,
    bytes_out: 6789,
  })
  t.end()
})

t.test('a refused UDP flow says what it knows', (t) => {
  const { log, lines } = memoryLog(t)
  const unknown = { server: undefined, connectMs: undefined }
  const counts = { datagramsIn: 1, datagramsOut: 0, detail: 'ENONE' }
  log.sessions(sessionLine({ ...RECORD, ...unknown, ...counts, protocol: 'udp', reason: 'no-server' }), 1)
  const [line = {}] = lines()
  t.match(line, { protocol: 'udp', reason: 'no-server', datagrams_in: 1, datagrams_out: 0, detail: 'ENONE' })
  t.notOk('server' in line || 'connect_ms' in line)
  t.end()
})

t.test('the level decides, for session lines too', (t) => {
  const { log, lines } = memoryLog(t, { level: 'warn' })
  t.notOk(log.writesSessions)
  log.sessions(sessionLine(RECORD), 1)
  log.workerRestarted(0, 1)
  log.configWarning('hm')
  t.match(lines(), [{ level: 'warn', event: 'config-warning', msg: 'hm' }])
  t.end()
})

t.test('every other kind of line: its event, level, words and fields', (t) => {
  const { log, lines } = memoryLog(t)
  const registry = smallRegistry({ servers: { r1: AT, r2: { family: 'name', host: 'db2.example', port: 5432 } } })
  const [r1, r2] = [serverOf(registry, 'r1'), serverOf(registry, 'r2')]
  const [db] = registry.backends
  if (!db) throw new Error('no backend')
  const facts = { version: '1.2.3', engine: 'linux', workers: 2, pid: 7, config: '/etc/h.toml', socket: '/run/h.sock' }

  log.startup(facts)
  log.engineFellBack('portable', 'koffi does not load')
  log.configWarning('backend db has no check')
  log.reloaded('SIGHUP', '/etc/h.toml', [], 3.4)
  log.reloaded('SIGHUP', '/etc/h.toml', ['+ 1', '+ 2', '+ 3', '+ 4', '+ 5', '+ 6'], 3.4)
  log.reloadRefused('SIGHUP', '/etc/h.toml', '/etc/h.toml:1: bad\n/etc/h.toml:2: worse')
  log.listenerBound('front', 'tcp', AT)
  log.stopping('SIGTERM', 3, 30_000)
  log.stopping('SIGTERM', 0, 30_000)
  log.stopped(1, 30_000.4)
  log.serverUp(r1, 1, 'connected to 127.0.0.1:5432')
  log.serverDown(r1, 0, 'connection refused by 127.0.0.1:5432')
  log.probeMisconfigured(r1, 'no such file')
  log.agentAnswers(r1, false, 'refused')
  log.agentAnswers(r1, true, 'says up')
  log.backendUp(db, 'connected')
  log.backendDown(db, 'connection refused')
  log.adminChanged(r1, 'ready', 'drain', 'the stats socket')
  log.weightChanged(r1, 100, 50, 'the stats socket')
  log.addressChanged(r2, undefined, undefined)
  log.addressChanged(r2, undefined, 'me')
  const change = { number: 1, at: 0, by: 'me' } as const
  log.settingChanged({ ...change, kind: 'server-limit', target: 'db/r1', was: 0, is: 7 })
  log.settingChanged({ ...change, kind: 'frontend', target: 'front', was: 'enabled', is: 'disabled' })
  log.settingChanged({ ...change, kind: 'global-limit', target: '', was: 0, is: 7 })
  const entry = { kind: 'weight', target: 'db/r1', configured: 100, value: 50, by: 'me', at: 0 } as const
  log.stateRestored('/s', [entry])
  log.stateDropped(new Array(11).fill({ entry, why: 'gone' }))
  log.stateUnusable('/s', ['it is damaged'], '/s.unusable-1')
  log.stateNotKept('/s', 'it cannot be written: EACCES')
  log.stateKeptAgain('/s')
  log.nameFailing('db2.example', 'no such name', [r2])
  log.nameRecovered('db2.example', [r2])
  log.workerDied(1, 'signal SIGKILL', 12, 200)
  log.workerDied(1, 'signal SIGKILL', 1, undefined)
  log.workerRestarted(1, 99)
  log.workerRefused(1, 'tcp://127.0.0.1:5432 of frontend front', 'EADDRINUSE')
  log.workerNotice('descriptors-exhausted', 'EMFILE')
  log.recordsDropped(0, 1)
  log.failure('metrics', new TypeError('oops'))

  const told = lines()
  t.same(
    told.map(({ event, msg }) => [event, msg]),
    [
      ['startup', 'headgate 1.2.3 runs /etc/h.toml: engine linux, 2 workers'],
      ['engine-fallback', 'engine portable: koffi does not load'],
      ['config-warning', 'backend db has no check'],
      ['reload', 'reload by SIGHUP: no change'],
      ['reload', 'reload by SIGHUP: 6 changes: + 1; + 2; + 3; + 4; + 5; and 1 more'],
      ['reload-refused', 'reload by SIGHUP changed nothing: /etc/h.toml:1: bad | /etc/h.toml:2: worse'],
      ['listener-bound', 'frontend front listens on tcp 127.0.0.1:5432'],
      ['stopping', 'SIGTERM: no new sessions, waits up to 30s for 3 sessions'],
      ['stopping', 'SIGTERM: no new sessions'],
      ['stopped', 'stopped: 1 session cut'],
      ['server-up', 'db/r1 is up: connected to 127.0.0.1:5432'],
      ['server-down', 'db/r1 is down: connection refused by 127.0.0.1:5432 (0 servers of db left, 0 sessions on it)'],
      ['probe-misconfigured', 'db/r1 cannot be probed and stays up: no such file'],
      ['agent-silent', 'agent of db/r1 does not answer, what it said last holds: refused'],
      ['agent-answers', 'agent of db/r1 answers: says up'],
      ['backend-up', 'backend db has a server again: connected'],
      ['backend-down', 'backend db has no server left: connection refused'],
      ['admin-state', 'db/r1 from ready to drain, by the stats socket'],
      ['weight', 'weight of db/r1 from 100 to 50, by the stats socket'],
      ['address', 'address of db/r2 from none to none'],
      ['address', 'address of db/r2 from none to none, by me'],
      ['changed', 'max sessions of db/r1 from 0 to 7, by me'],
      ['changed', 'frontend of front from enabled to disabled, by me'],
      ['changed', 'max sessions of all frontends from 0 to 7, by me'],
      ['state-restored', '1 runtime change restored from /s: db/r1 weight 50'],
      [
        'state-dropped',
        `11 runtime changes dropped, for the config says otherwise now: ${'db/r1 weight 50, '.repeat(9)}db/r1 weight 50 and 1 more`,
      ],
      ['state-unusable', 'state file /s: it is damaged; it is now /s.unusable-1'],
      ['state-not-kept', 'runtime changes are not kept in /s: it cannot be written: EACCES'],
      ['state-kept-again', 'runtime changes are kept in /s again'],
      ['name-failing', 'db2.example does not resolve: no such name; it never did, so it has no server (db/r2)'],
      ['name-recovered', 'db2.example resolves again'],
      ['worker-died', 'worker 1 died: signal SIGKILL; 12 sessions lost, starts again in 200ms'],
      ['worker-died', 'worker 1 died: signal SIGKILL; 1 session lost, not started again: headgate accepts no more'],
      ['worker-restarted', 'worker 1 runs again'],
      ['worker-refused', 'worker 1 cannot bind tcp://127.0.0.1:5432 of frontend front: EADDRINUSE'],
      ['worker-notice', 'descriptors-exhausted: EMFILE'],
      ['records-dropped', '1 session line of worker 0 dropped: more sessions ended than could be logged'],
      ['failure', 'metrics: oops'],
    ],
  )
  const fields: ReadonlySet<string> = new Set(['time', 'level', 'event', 'msg', ...LOG_FIELDS])
  for (const line of told) {
    const event = line.event as keyof typeof LOG_EVENTS // compared with the list just above
    t.equal(line.level, LOG_EVENTS[event], event)
    t.same(
      Object.keys(line).filter((key) => !fields.has(key)),
      [],
    )
  }
  const first = (event: LogEvent) => told.find((line) => line.event === event)
  t.match(first('startup'), facts)
  t.match(first('server-down'), {
    backend: 'db',
    server: 'r1',
    why: 'connection refused by 127.0.0.1:5432',
    serving: 0,
    sessions: 0,
  })
  t.match(first('name-failing'), { servers: ['db/r2'], host: 'db2.example' })
  t.match(first('failure'), { why: 'oops', stack: /TypeError: oops\n/ })
  t.end()
})

t.test('the guide names every event, every field and every reason', (t) => {
  const guide = readFileSync(new URL('../../../docs/logs.md', import.meta.url), 'utf8')
  for (const name of [...Object.keys(LOG_EVENTS), ...LOG_FIELDS, ...CLOSE_REASONS, ...WORKER_NOTICES])
    t.ok(guide.includes(`\`${name}\``), name)
  t.end()
})

t.test('a session line costs little', (t) => {
  const { log, text } = memoryLog(t)
  const batch = Array.from({ length: 256 }, () => RECORD)
  const lines = () => batch.map(sessionLine).join('')
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 20; round++) {
    const before = process.cpuUsage()
    for (let i = 0; i < 4; i++) log.sessions(lines(), batch.length)
    text()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / (4 * batch.length))
  }
  t.comment(`${best.toFixed(1)} µs of CPU`)
  t.ok(best < 10, 'some 1 µs on a quiet machine')
  t.end()
})
