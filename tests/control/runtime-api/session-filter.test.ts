import t from 'tap'
import type { SessionList } from '../../../src/control/runtime-api/commands/show-sess.js'
import { exchange, startHarness } from './harness.js'

const COMMON = { protocol: 'tcp', frontend: 'fe_pg', backend: 'be_pg', idleMs: 5, bytesIn: 10, bytesOut: 20 } as const
const at = (server: number) => ({ frontend: 0, backend: 0, server })

async function start() {
  const harness = await startHarness()
  harness.workers.sessions = [
    { ...COMMON, id: 'old', server: 'pg1', client: '192.0.2.7:5000', ageMs: 65_000, at: at(0) },
    { ...COMMON, id: 'six', server: 'pg2', client: '[2001:db8::7]:5001', ageMs: 3_000, at: at(1) },
    { ...COMMON, id: 'new', server: 'pg1', client: '192.0.2.7:50001', ageMs: 0, at: at(0) },
    { ...COMMON, id: 'other', server: 'pg2', client: '192.0.2.77:5000', ageMs: 0, at: at(1) },
  ]
  const ids = async (filter: string) => {
    const answer = await exchange(harness.path, `show sess ${filter} json\n`)
    const { sessions } = JSON.parse(answer) as SessionList // what is tested here
    return sessions.map(({ id }) => id)
  }
  return { ...harness, ids }
}

t.test('sessions are picked by client, with or without its port, and by age', async (t) => {
  const { ids, close } = await start()
  const cases = {
    'client 192.0.2.7': ['old', 'new'],
    'client 192.0.2.7:5000': ['old'],
    'client ::ffff:192.0.2.7': ['old', 'new'],
    'client 2001:DB8:0::7': ['six'],
    'client [2001:db8::7]:5001': ['six'],
    'client 198.51.100.1': [],
    'older 3s': ['old', 'six'],
    'older 65': ['old'],
    'older 1h': [],
  }
  for (const [filter, expected] of Object.entries(cases)) t.same(await ids(filter), expected, filter)
  await close()
})

t.test('several filters must all match, in any order', async (t) => {
  const { ids, close } = await start()
  t.same(await ids('server be_pg/pg1 client 192.0.2.7 older 1m'), ['old'])
  t.same(await ids('older 1s backend be_pg server be_pg/pg2'), ['six'])
  await close()
})

t.test('what is no filter is refused', async (t) => {
  const { path, close } = await start()
  const cases = {
    'server be_pg/pg1 younger 5s': /^'show sess' expects <id>, or pairs of server, backend, frontend, client, older/,
    'client 192.0.2': /^'client' expects an address such as 192\.0\.2\.7/,
    'older soon': /^'older' expects a duration/,
    older: /^'older' expects a duration/,
    'server be_pg/pgg': /^No such server\./,
  }
  for (const [filter, words] of Object.entries(cases)) t.match(await exchange(path, `show sess ${filter}\n`), words)
  await close()
})
