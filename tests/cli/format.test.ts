import t from 'tap'
import { formatBytes } from '../../src/cli/format/bytes.js'
import { painter } from '../../src/cli/format/colour.js'
import { count, rate } from '../../src/cli/format/count.js'
import { formatTable } from '../../src/cli/format/table.js'
import { formatElapsed, formatMoment, formatTime } from '../../src/cli/format/time.js'

t.test('bytes', async (t) => {
  const cases = {
    0: '0',
    999: '999',
    1000: '1.0k',
    1549: '1.5k',
    9949: '9.9k',
    9950: '10k',
    999499: '999k',
    999500: '1.0M',
  }
  for (const [bytes, text] of Object.entries(cases)) t.equal(formatBytes(Number(bytes)), text)
  t.equal(formatBytes(98_765_432_100), '99G')
  t.equal(formatBytes(2 ** 53), '9.0P')
})

t.test('times', async (t) => {
  const cases = { 0: '0s', 999: '0s', 59999: '59s', 60000: '1m', 65000: '1m5s', 3600000: '1h', 90061000: '1d1h' }
  for (const [ms, text] of Object.entries(cases)) t.equal(formatTime(Number(ms)), text)
  t.equal(formatTime(-5), '0s')
  t.same([formatElapsed(449), formatElapsed(12_340), formatElapsed(125_000)], ['0.4s', '12.3s', '2m5s'])
})

t.test('moments are in UTC, to the second', async (t) => {
  t.equal(formatMoment(Date.UTC(2026, 10, 21, 15, 3, 22, 374)), '2026-11-21T15:03:22Z')
})

t.test('counts and rates', async (t) => {
  t.same([count(0, 'session'), count(1, 'session'), count(2, 'session')], ['0 sessions', '1 session', '2 sessions'])
  t.same([0, 0.3, 9.9, 12.4].map(rate), ['0', '0.3', '9.9', '12'])
})

t.test('a table shrinks the widest columns that may, and no further than they can be read', async (t) => {
  const columns = [
    { head: 'NAME', shrinks: true },
    { head: 'ADDRESS', shrinks: true },
    { head: 'N', isNumber: true },
  ] as const
  const rows = [['replicas/r1', 'database-1.example.com:5432', '7']]
  const style = { paint: painter(false), width: 32 }
  t.equal(formatTable(columns, rows, style), 'NAME         ADDRESS           N\nreplicas/r1  database-1.exam…  7\n')
  for (const line of formatTable(columns, rows, { ...style, width: 10 }).split('\n')) t.ok(line.length <= 8 + 8 + 1 + 4)
})

t.test('columns that give way are left out before one that matters shrinks', async (t) => {
  const columns = [
    { head: 'ADDRESS', shrinks: true },
    { head: 'LIVE', isNumber: true },
    { head: 'IN', isNumber: true, givesWay: true },
    { head: 'OUT', isNumber: true, givesWay: true },
  ] as const
  const table = (width: number) =>
    formatTable(columns, [['tcp://127.0.0.1:5432', '7', '1.5k', '2.5k']], { paint: painter(false), width })
  t.equal(table(38), 'ADDRESS               LIVE    IN   OUT\ntcp://127.0.0.1:5432     7  1.5k  2.5k\n')
  t.equal(table(37), 'ADDRESS               LIVE    IN\ntcp://127.0.0.1:5432     7  1.5k\n')
  t.equal(table(31), 'ADDRESS               LIVE\ntcp://127.0.0.1:5432     7\n')
  t.equal(table(25), 'ADDRESS              LIVE\ntcp://127.0.0.1:54…     7\n')
})
