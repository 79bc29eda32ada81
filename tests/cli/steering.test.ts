import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { Generations } from '../../src/control/upgrade/generations.js'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate, type TerminalOptions } from './terminal.js'

async function withDaemon(generations = new Generations(1, [])) {
  const harness = await startHarness({ generations })
  const worker = new WorkerColumn(harness.registry.board, 0)
  const env = { HEADGATE_SOCKET: harness.path }
  const call = (line: string, options: TerminalOptions = {}) => headgate(line.split(' '), { env, ...options })
  const say = async (line: string) => {
    const { code, out, err } = await call(line)
    return code === 0 && err === '' ? out : `${code}: ${err}${out}`
  }
  return { ...harness, worker, call, say }
}

t.test('a change tells what was, what is, and the command that undoes it', async (t) => {
  const { worker, say, close } = await withDaemon()
  for (let i = 0; i < 14; i++) worker.enterServer(0)
  worker.enterServer(1)
  const lines = {
    'drain be_pg/pg1': 'be_pg/pg1: ready → drain (14 sessions stay). Undo: headgate ready be_pg/pg1\n',
    'maint be_pg/pg1': 'be_pg/pg1: drain → maint (14 sessions stay). Undo: headgate drain be_pg/pg1\n',
    'ready be_pg/pg1': 'be_pg/pg1: maint → ready. Undo: headgate maint be_pg/pg1\n',
    'drain be_pg/pg2': 'be_pg/pg2: ready → drain (1 session stays). Undo: headgate ready be_pg/pg2\n',
    'drain be_pg/pg2 --json': `${JSON.stringify({ server: 'be_pg/pg2', was: 'drain', is: 'drain', sessions: 1 }, null, 2)}\n`,
    'weight be_pg/pg1': 'be_pg/pg1: weight 100\n',
    'weight be_pg/pg1 50%': 'be_pg/pg1: weight 100 → 50 (configured 100). Undo: headgate weight be_pg/pg1 100\n',
    'weight be_pg/pg1 0':
      'be_pg/pg1: weight 50 → 0 (configured 100), no new sessions. Undo: headgate weight be_pg/pg1 50\n',
    'weight be_pg/pg2 50': 'be_pg/pg2: weight 50 already, nothing changed\n',
    'kill be_nochk/n1': 'be_nochk/n1: 0 sessions ended by reset.\n',
  }
  for (const [line, printed] of Object.entries(lines)) t.equal(await say(line), printed, line)
  t.equal(await say('weight be_pg/pg1'), 'be_pg/pg1: weight 0 (configured 100)\n')
  t.equal(await say('drain be_pg/pg2'), 'be_pg/pg2: drain already, nothing changed (1 session stays)\n')
  await close()
})

t.test('the undo command aims where --socket aimed', async (t) => {
  const { path, close } = await withDaemon()
  const { out } = await headgate(['ready', 'be_pg/pg1', '--socket', path])
  t.equal(out, 'be_pg/pg1: ready already, nothing changed\n')
  const drained = await headgate(['drain', 'be_pg/pg1', '--socket', path])
  t.equal(drained.out, `be_pg/pg1: ready → drain. Undo: headgate ready be_pg/pg1 --socket ${path}\n`)
  await close()
})

t.test('what is misspelt is named, and nothing changes', async (t) => {
  const { registry, call, close } = await withDaemon()
  const cases = [
    ['drain be_pg/pg11', 1, 'headgate: No such server. Did you mean be_pg/pg1?\n'],
    ['maint be_gp/pg2', 1, 'headgate: No such backend. Did you mean be_pg/pg2?\n'],
    ['ready pg3', 1, 'headgate: A server is named with its backend: backend/server. Did you mean be_pg/pg3?\n'],
    ['drain be_pg', 1, 'headgate: A server is named with its backend: backend/server. Did you mean be_pg/pg1?\n'],
    [
      'maint nothing',
      1,
      'headgate: A server is named with its backend: backend/server. headgate servers lists them all.\n',
    ],
    ['kill nobody/here', 1, 'headgate: No such backend. headgate servers lists them all.\n'],
    ['kill 77', 1, 'headgate: no session has the id "77": headgate sessions lists them\n'],
    ['servers be_pgg', 1, 'headgate: No such backend. Did you mean be_pg?\n'],
    ['sessions --backend be_nochek', 1, 'headgate: No such backend. Did you mean be_nochk?\n'],
    ['weight be_pg/pg1 257', 2, 'headgate: "257" is no weight: expected 0 to 256, or a percentage such as 50%\n'],
    ['add be_pg/pg9 127.0.0.1', 2, /^headgate: "127\.0\.0\.1" is no address of a server: expected .*PORT/i],
    ['add be_pg/pg1 127.0.0.1:1', 1, /^headgate: The backend has a server of that name: take another name, /],
    ['add be_pg/pg9 127.0.0.1:1 --weight 500', 2, /Expected a whole number from 0 to 256\./],
    ['add be_pg/pg9 127.0.0.1:1 --max-sessions 99999999', 2, /Expected a whole number from 0 to 10000000\./],
    ['explain foo fe_pg', 2, /^headgate: "foo" is no client: expected its address, such as 192\.0\.2\.7/],
    ['weight be_pg/pg1 heavy', 2, 'headgate: "heavy" is no weight: expected 0 to 256, or a percentage such as 50%\n'],
  ] as const
  registry.on('admin', () => t.fail('nothing may change'))
  for (const [line, code, err] of cases) t.match(await call(line), { code, err, out: '' }, line)
  await close()
})

t.test('a name with blanks, semicolons and backslashes is one name', async (t) => {
  const { registry, path, close } = await withDaemon()
  registry.on('admin', () => t.fail('nothing may change'))
  const drain = (name: string) => headgate(['drain', name, '--socket', path])
  for (const name of ['be_pg/a b', 'be_pg/a;set server be_pg/pg2 state maint', 'be_pg/a\\', 'be_pg/"a"']) {
    t.match(await drain(name), { code: 1, err: /^headgate: No such server\./ }, name)
  }
  t.match(await drain('be_pg/pg1\nquit'), { code: 2, err: /cannot be a name/ })
  await close()
})

t.test('drain --wait shows what is left until the last session has ended', async (t) => {
  const { worker, call, close } = await withDaemon()
  for (let i = 0; i < 2; i++) worker.enterServer(0)
  const watch = (text: string) => {
    if (/ left, /.test(text)) worker.leaveServer(0)
  }
  const { code, out } = await call('drain be_pg/pg1 --wait', { columns: 80, watch })
  t.equal(code, 0)
  const lines = stripVTControlCharacters(out)
    .split(/[\r\n]/)
    .filter((line) => line !== '')
  t.equal(lines[0], 'be_pg/pg1: ready → drain (2 sessions stay). Undo: headgate ready be_pg/pg1')
  t.match(lines[1], /^\[\.{20}\] be_pg\/pg1: 2 sessions left, \d+\.\ds$/)
  t.ok(lines.some((line) => /^\[#{10}\.{10}\] be_pg\/pg1: 1 session left, \d+\.\ds$/.test(line)))
  t.match(lines.at(-1), /^be_pg\/pg1: empty after \d+\.\ds$/)
  await close()
})

t.test('drain --timeout gives up with 4, shows who is left, and says how to go on', async (t) => {
  const { worker, workers, call, close } = await withDaemon()
  for (let i = 0; i < 7; i++) worker.enterServer(0)
  workers.sessions = Array.from({ length: 7 }, (_, i) => heldSession(i))
  const { code, out } = await call('drain be_pg/pg1 --timeout 120ms')
  t.equal(code, 4)
  const [, progress, outcome, ...rest] = out.split('\n')
  t.match(progress, /^be_pg\/pg1: 7 sessions left, \d+\.\ds of 0\.1s$/)
  t.match(outcome, /^be_pg\/pg1: 7 sessions left after \d+\.\ds; still in drain$/)
  t.equal(
    rest.join('\n'),
    `
ID   CLIENT          FRONTEND  SERVER     AGE  IDLE  IN  OUT
0-0  192.0.2.7:5000  fe_pg     be_pg/pg1   9s    0s  10   20
0-1  192.0.2.7:5001  fe_pg     be_pg/pg1   8s    0s  10   20
0-2  192.0.2.7:5002  fe_pg     be_pg/pg1   7s    0s  10   20
0-3  192.0.2.7:5003  fe_pg     be_pg/pg1   6s    0s  10   20
0-4  192.0.2.7:5004  fe_pg     be_pg/pg1   5s    0s  10   20
and 2 more: headgate sessions --server be_pg/pg1

End them:  headgate kill be_pg/pg1
Wait on:   headgate drain be_pg/pg1 --wait
`,
  )
  const json = await call('drain be_pg/pg1 --wait --timeout 50ms --json')
  t.equal(json.code, 4)
  t.match(JSON.parse(json.out), { server: 'be_pg/pg1', was: 'drain', is: 'drain', sessions: 7, left: 7 })
  t.match(await call('drain be_pg/pg1 --timeout 5'), { code: 2, err: /Expected a duration such as 30s/ })
  await close()
})

function heldSession(i: number) {
  const session = { id: `0-${i}`, protocol: 'tcp', frontend: 'fe_pg', backend: 'be_pg', server: 'pg1' } as const
  const counts = { ageMs: 9_000 - i * 1_000, idleMs: 5, bytesIn: 10, bytesOut: 20 }
  return { ...session, ...counts, client: `192.0.2.7:500${i}`, at: { frontend: 0, backend: 0, server: 0 } }
}

t.test('drain --timeout --kill ends what is left, which is success', async (t) => {
  const { worker, workers, call, close } = await withDaemon()
  for (let i = 0; i < 2; i++) worker.enterServer(0)
  workers.sessions = [heldSession(0), heldSession(1)]
  const { code, out } = await call('drain be_pg/pg1 --timeout 50ms --kill')
  t.equal(code, 0)
  t.match(out, /^be_pg\/pg1: empty after \d+\.\ds, 2 sessions ended by reset$/m)
  t.same(workers.sessions, [])
  const json = await call('drain be_pg/pg1 --timeout 50ms --kill --json')
  t.match(JSON.parse(json.out), { is: 'drain', left: 0, killed: 0 })
  await close()
})

/** Two: the older has two sessions on be_pg/pg1, the newest none. */
async function afterUpgrade() {
  const older = await withDaemon()
  for (let i = 0; i < 2; i++) {
    older.worker.enterAll()
    older.worker.enterServer(0)
  }
  older.workers.sessions = [heldSession(0), heldSession(1)]
  const newest = await withDaemon(new Generations(2, [{ generation: 1, pid: 4710, socket: older.path }]))
  const endOne = () => {
    older.worker.leaveServer(0)
    older.worker.leaveAll()
  }
  const close = () => Promise.all([older.close(), newest.close()])
  return { ...newest, older, endOne, close }
}

t.test('drain and remove wait for the sessions of an older generation too', async (t) => {
  const { call, older, endOne, close } = await afterUpgrade()
  const late = await call('drain be_pg/pg1 --timeout 50ms')
  t.equal(late.code, 4)
  t.match(late.out, /^be_pg\/pg1: 2 sessions left after \d+\.\ds; still in drain$/m)
  t.match(late.out, `and 2 sessions of generation 1 (pid 4710), from before an upgrade: headgate sessions`)
  const json = await call('drain be_pg/pg1 --timeout 50ms --json')
  t.match({ code: json.code, left: JSON.parse(json.out).left }, { code: 4, left: 2 })
  t.match(await call('remove be_pg/pg1 --timeout 50ms'), { code: 4, err: /2 sessions left .* not removed/ })
  const watch = (text: string) => {
    if (/ left, /.test(text)) endOne()
  }
  const { code, out } = await call('drain be_pg/pg1 --wait', { columns: 80, watch })
  t.equal(code, 0)
  t.match(out, /be_pg\/pg1: 1 session left, .*be_pg\/pg1: empty after/s)
  t.equal(older.registry.backend('be_pg')?.server('pg1')?.admin, 'ready', 'only the newest takes new sessions')
  await close()
})

t.test('--kill and kill end the sessions of an older generation too', async (t) => {
  const { call, say, older, close } = await afterUpgrade()
  t.match(await call('drain be_pg/pg1 --timeout 50ms --kill'), { code: 0, out: /, 2 sessions ended by reset$/m })
  t.same(older.workers.sessions, [])
  older.workers.sessions = [heldSession(0)]
  t.match(await say('kill be_pg/pg1'), /^be_pg\/pg1: 1 session ended by reset\. This cannot be undone/)
  t.same(older.workers.sessions, [])
  await close()
})

t.test('an older generation that has ended has no sessions', async (t) => {
  const { call, older, close } = await afterUpgrade()
  await older.api.close()
  t.match(await call('drain be_pg/pg1 --wait'), { code: 0, out: /empty after/ })
  await close()
})

t.test('drain --kill asks for how long to wait, before it changes anything', async (t) => {
  const { registry, call, close } = await withDaemon()
  registry.on('admin', () => t.fail('nothing may change'))
  t.match(await call('drain be_pg/pg1 --kill'), { code: 2, err: /^headgate: --kill needs --timeout/ })
  await close()
})

t.test('drain --wait ends when somebody makes the server ready again', async (t) => {
  const { registry, worker, path, call, close } = await withDaemon()
  worker.enterServer(0)
  const waiting = call('drain be_pg/pg1 --wait')
  registry.once('admin', () => void headgate(['ready', 'be_pg/pg1', '--socket', path]))
  t.match(await waiting, { code: 1, err: 'headgate: be_pg/pg1 was set to ready meanwhile: it takes sessions again\n' })
  await close()
})

t.test('no daemon: exit code 3 and what to do', async (t) => {
  const env = { HEADGATE_SOCKET: '/nonexistent/h.sock' }
  const { code, err } = await headgate(['status'], { env })
  t.equal(code, 3)
  t.match(err, /^headgate: \/nonexistent\/h\.sock does not exist: headgate is not running/)
  t.match(err, /headgate run -c FILE/)
  t.match(err, /--socket or HEADGATE_SOCKET/)
  t.match((await headgate(['status', '--socket', '127.0.0.1:1'])).err, /^headgate: nobody listens on 127\.0\.0\.1:1/)
  t.match((await headgate(['status', '--socket', 'localhost:1'])).err, /^headgate: nobody listens on 127\.0\.0\.1:1/)
})
