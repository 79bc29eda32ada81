import t from 'tap'
import { changes } from '../../src/cli/commands/follow-sessions.js'
import type { SessionInfo } from '../../src/core/messages.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

const AT = { frontend: 0, backend: 0, server: 0 }

function session(id: string): SessionInfo {
  const place = {
    protocol: 'tcp',
    frontend: 'fe_pg',
    backend: 'be_pg',
    server: 'pg1',
    client: '192.0.2.7:5000',
  } as const
  return { id, ...place, ageMs: 65_000, idleMs: 0, bytesIn: 1_500, bytesOut: 0 }
}

function told(before: string[], now: string[], cut = false): string[] {
  return changes(before.map(session), now.map(session), cut).map(({ event, session }) => `${event} ${session.id}`)
}

t.test('what ended comes before what began', async (t) => {
  t.same(told(['a', 'b'], ['b', 'c']), ['ended a', 'began c'])
  t.same(told([], []), [])
})

t.test('of a list that was cut nobody can say who ended', async (t) => {
  t.same(told(['a', 'b'], ['b', 'c'], true), ['began c'])
})

t.test('sessions --follow: the table, then a line for each change, until the daemon is gone', async (t) => {
  const harness = await startHarness()
  const { workers, path } = harness
  workers.sessions = [{ ...session('0-1'), at: AT }]
  const watch = (text: string) => {
    if (text.startsWith('ID')) workers.sessions = [{ ...session('0-2'), at: AT }]
    if (text.includes('+ 0-2')) void harness.close()
  }
  const { code, out } = await headgate(['sessions', '-f', '--socket', path], { watch })
  t.equal(code, 3)
  const [head, first, , ended, began] = out.split('\n')
  t.match(head, /^ID {3}CLIENT/)
  t.match(first, /^0-1 {2}192\.0\.2\.7:5000/)
  t.match(
    ended,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ - 0-1 192\.0\.2\.7:5000 to fe_pg, be_pg\/pg1, 1m5s, 1\.5k in, 0 out$/,
  )
  t.match(began, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \+ 0-2 192\.0\.2\.7:5000 to fe_pg, be_pg\/pg1$/)
})

t.test('sessions --follow --json: one document a line', async (t) => {
  const harness = await startHarness()
  const { workers, path } = harness
  const look = workers.listSessions.bind(workers)
  workers.listSessions = async (filter, limit) => {
    const seen = await look(filter, limit)
    workers.sessions = [{ ...session('0-1'), at: AT }]
    return seen
  }
  const { out } = await headgate(['sessions', '--follow', '--json', '--socket', path], {
    watch: () => void harness.close(),
  })
  const [line = '', rest] = out.split('\n')
  t.match(JSON.parse(line), { event: 'began', session: { id: '0-1' } })
  t.equal(rest, '')
})
