import t from 'tap'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { registryOf } from '../control/registry-of.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

const CONFIG = `
[frontends.rw]
listen = "tcp://127.0.0.1:5432"
backend = "pg"
[frontends.game]
listen = "udp://127.0.0.1:27015"
backend = "match"
[backends.pg]
max_waiting = 250
on_no_server = "wait 10s"
servers = [{ name = "r1", address = "127.0.0.1:81" }, { name = "r2", address = "127.0.0.1:82" }]
[backends.match]
servers = [{ name = "g1", address = "127.0.0.1:83" }]
`

async function withDaemon() {
  const registry = await registryOf(CONFIG)
  const harness = await startHarness({ registry, clock: Date.now })
  const env = { HEADGATE_SOCKET: harness.path }
  const say = async (line: string) => {
    const { code, out, err } = await headgate(line.split(' '), { env })
    return code === 0 && err === '' ? out : `${code}: ${err}${out}`
  }
  return { ...harness, registry, say, worker: new WorkerColumn(registry.board, 0) }
}

t.test('pause and resume tell what was, what is, and how to go back', async (t) => {
  const { registry, worker, path, say, close } = await withDaemon()
  t.equal(await say('pause'), 'No backend is paused, and no session waits for a server.\n')
  t.equal(
    await say('pause pg'),
    'pg: open → paused for 20s at most. New sessions wait, up to 250 (now 0). Resume: headgate resume pg\n',
  )
  worker.beginWaiting(0)
  worker.beginWaiting(0)
  t.match(await say('pause pg --timeout 1m'), /^pg: paused → paused for 1m at most\. .* \(now 2\)\. Resume: .*\n$/)
  const [head, row] = (await say('pause')).split('\n')
  t.match(head, /^BACKEND +STATE +WAITING +MOST +SERVING +LEFT +BY$/)
  t.match(row, /^pg +paused +2 +250 +2 +(59s|1m|1m0s) +\S+ \(uid \d+, pid \d+\)$/)
  t.equal(await say('resume pg'), 'pg: paused → open, 2 sessions waited. Undo: headgate pause pg --timeout 1m\n')
  t.match(await say('pause'), /\npg +resumed +2 /)
  t.equal(await say('resume pg'), 'pg: not paused, nothing changed\n')
  const { out } = await headgate(['pause', 'pg', '--socket', path])
  t.match(out, / Resume: headgate resume pg --socket \S+\n$/)
  t.match(JSON.parse(await say('pause --json')), [{ backend: 'pg', pause: { state: 'paused' }, waiting: { now: 2 } }])
  for (const server of registry.backend('pg')?.servers ?? []) registry.setHealth(server, 'down', 'test')
  t.match(await say('resume pg'), /2 sessions waited\. It has no server in rotation: they wait on for one/)
  t.match(await say('audit'), /pg +pause +none +20s/)
  await close()
})

t.test('what cannot be paused is refused in words', async (t) => {
  const { say, close } = await withDaemon()
  const cases = [
    ['pause gp', '1: headgate: No such backend. Did you mean pg?\n'],
    ['resume gp', '1: headgate: No such backend. Did you mean pg?\n'],
    ['pause pg --timeout 11m', "1: headgate: Invalid timeout '11m', expected a duration up to 10m.\n"],
    ['pause match', '1: headgate: Backend match serves UDP, where nobody can wait: drain its servers.\n'],
    ['pause --timeout 1m', '2: headgate: --timeout needs a backend: headgate pause BACKEND\n'],
  ] as const
  for (const [line, printed] of cases) t.equal(await say(line), printed, line)
  t.match(await say('pause pg --timeout soon'), /^2: .*Expected a duration such as 30s/)
  await close()
})

t.test('a pause shows in status, why, explain and show stat', async (t) => {
  const { worker, say, close, registry } = await withDaemon()
  await say('pause pg --timeout 1m')
  worker.beginWaiting(0)
  const status = await say('status')
  t.match(status, /is degraded/)
  t.match(status, /frontend rw: pg is paused by .* more at most: 1 new session waits/)
  t.match(status, /\npg +round-robin +paused +0 +0 +0 +1\n/)
  t.match(await say('why pg/r1'), /takes no new sessions/)
  const explained = await say('explain 192.0.2.7 rw')
  t.match(
    explained.replaceAll(/\s+/g, ' '),
    /waits, for pg is paused by .*; were it resumed now, the client gets any of 2/,
  )
  await say('resume pg')
  for (const server of registry.backend('pg')?.servers ?? []) registry.setHealth(server, 'down', 'test')
  t.match(
    (await say('explain 192.0.2.7 rw')).replaceAll(/\s+/g, ' '),
    /none can take a session, and the client waits up to 10s for one/,
  )
  await close()
})
