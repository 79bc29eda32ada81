/** Every `show` that HAProxy has and headgate too, against HAProxy 2.6.12: byte for byte once the masked fields are out. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { exchange, startHarness } from './harness.js'

const golden = (file: string) => readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8')

interface Mask {
  readonly columns: string
  /** Rows, as `<proxy>,<server>`. */
  readonly in: RegExp
  readonly why: string
}

const MASKED: readonly Mask[] = [
  {
    columns: 'lastchg downtime chkfail chkdown check_duration',
    in: /./,
    why: 'as long as it ran, as often as it failed',
  },
  { columns: 'slim', in: /BACKEND/, why: 'fullconn, which headgate does not have' },
  { columns: 'need_conn_est', in: /./, why: "an estimate for HAProxy's pools of idle connections" },
  { columns: 'last_chk', in: /(pg[123]|s1)$/, why: 'an empty text, which headgate leaves out like every empty cell' },
  { columns: 'algo', in: /be_static/, why: 'static-rr' },
]

const INFO_MASKED: readonly { readonly fields: string; readonly why: string }[] = [
  { fields: 'Name Version Release_date Pid node description', why: 'another program' },
  { fields: 'Uptime Uptime_sec Start_time_sec Idle_pct Tasks', why: 'as long as it ran, as much as it did' },
  { fields: 'Nbthread', why: 'as many as there are workers' },
  { fields: 'PoolAlloc_MB PoolUsed_MB PoolAlloc_bytes PoolUsed_bytes', why: 'the heap' },
  { fields: 'Ulimit-n Maxsock Maxconn Hard_maxconn', why: 'no limits are set here' },
  { fields: 'CumConns CumReq ConnRate MaxConnRate SessRate MaxSessRate', why: 'HAProxy counts clients of its socket' },
  { fields: 'TotalBytesOut BytesOutRate', why: 'and what it said to them' },
  { fields: 'Jobs Listeners', why: 'its socket is one' },
]

function isMasked(column: string, row: string): boolean {
  return MASKED.some(({ columns, in: where }) => where.test(row) && columns.split(' ').includes(column))
}

/** Every masked cell emptied. */
function maskCsv(csv: string): string {
  const [header = '', ...lines] = csv.split('\n')
  const names = header.slice(2).split(',')
  const masked = lines.map((line) => {
    const cells = line.split(',')
    return cells.map((cell, i) => (isMasked(names[i] ?? '', `${cells[0]},${cells[1]}`) ? '' : cell)).join(',')
  })
  return [header, ...masked].join('\n')
}

/** Every masked field left out. */
function maskTyped(text: string): string {
  let row = ''
  const lines = text.split('\n').filter((line) => {
    const [, column = '', value = ''] = /^\w\.\d+\.\d+\.\d+\.(\w+)\.1:\w+:\w+:([^:]*)/.exec(line) ?? []
    if (column === 'pxname') row = value
    if (column === 'svname') row = `${row},${value}`
    return !isMasked(column, row)
  })
  return lines.join('\n')
}

interface JsonField {
  readonly field: { readonly name: string }
  readonly value: { readonly value: string | number }
}

function maskJson(text: string): string {
  const rows: JsonField[][] = JSON.parse(text)
  const masked = rows.map((row) => {
    const name = row.slice(0, 2).map(({ value }) => value.value)
    return row.filter(({ field }) => !isMasked(field.name, name.join(',')))
  })
  return `${JSON.stringify(masked)}${text.slice(text.lastIndexOf(']') + 1)}`
}

const CASES = [
  { command: 'show stat typed', file: 'show-stat-typed.txt', mask: maskTyped },
  { command: 'show stat be_pg 2 -1 typed desc', file: 'show-stat-typed-desc.txt', mask: maskTyped },
  { command: 'show stat be_pg 2 -1 desc typed', file: 'show-stat-typed-desc.txt', mask: maskTyped },
  { command: 'show stat fe_pg 1 -1 json', file: 'show-stat-frontend-json.txt', mask: maskJson },
  { command: 'show stat be_pg 2 -1 json no-maint', file: 'show-stat-backend-json.txt', mask: maskCountedStatus },
  { command: 'show stat be_pg 4 4 json', file: 'show-stat-server-json.txt', mask: maskJson },
  { command: 'show stat -1 4 -1 up', file: 'show-stat-servers-up.csv', mask: maskCsv },
  { command: 'show stat no-maint', file: 'show-stat-no-maint.csv', mask: maskCsv },
  { command: 'show servers conn', file: 'show-servers-conn.txt', mask: maskPools },
  { command: 'show servers conn be_pg', file: 'show-servers-conn-be_pg.txt', mask: maskPools },
  { command: 'show errors', file: 'show-errors.txt', mask: (text: string) => text.replace(/\[.*\]/, '[]') },
  { command: 'show info typed', file: 'show-info-typed.txt', mask: maskInfo },
  { command: 'show info desc', file: 'show-info-desc.txt', mask: maskInfo },
  { command: 'show info json', file: 'show-info-json.txt', mask: maskInfoJson },
]

/** The capture was made without `no-maint`. */
function maskCountedStatus(text: string): string {
  return maskJson(text).replace(' (3/4)', '')
}

/** purge_delay, used_max and need_est: HAProxy's pools of idle connections, and a connection of its own check. */
function maskPools(text: string): string {
  return text.replace(/^(\S+ \S+ \S+ \d+ -) \d+ (\d+) \d+ \d+/gm, '$1 * $2 * *')
}

const maskedInfo = new Set(INFO_MASKED.flatMap(({ fields }) => fields.split(' ')).concat('Build info'))

function maskInfo(text: string): string {
  const name = (line: string) => /^(?:\d+\.(.*?)\.1:|(.*?): )/.exec(line)?.slice(1).find(Boolean) ?? ''
  return text
    .split('\n')
    .filter((line) => !maskedInfo.has(name(line)))
    .join('\n')
}

function maskInfoJson(text: string): string {
  const fields: JsonField[] = JSON.parse(text)
  return (
    JSON.stringify(fields.filter(({ field }) => !maskedInfo.has(field.name))) + text.slice(text.lastIndexOf(']') + 1)
  )
}

t.test("HAProxy's shows, byte for byte", async (t) => {
  const { path, close } = await startHarness()
  for (const { command, file, mask } of CASES) {
    t.equal(mask(await exchange(path, `${command}\n`)), mask(golden(file)), command)
  }
  await close()
})

t.test('servers in maint and servers that do not run are hidden where that was asked for', async (t) => {
  const { path, close } = await startHarness()
  await exchange(path, 'set server be_pg/pg1 state maint\n')
  const shown = async (form: string) => {
    const csv = await exchange(path, `show stat be_pg 6 -1 ${form}\n`)
    return csv.split('\n').flatMap((line) => /^be_pg,(\w+)(?:,[^,]*){15},([^,]*)/.exec(line)?.slice(1).join(' ') ?? [])
  }
  t.same(await shown(''), ['pg1 MAINT', 'pg2 UP', 'pg3 UP', 'pg4 DOWN', 'BACKEND UP'])
  t.same(await shown('no-maint'), ['pg2 UP', 'pg3 UP', 'pg4 DOWN', 'BACKEND UP (2/4)'])
  t.same(await shown('up'), ['pg2 UP', 'pg3 UP', 'BACKEND UP (2/4)'])
  await close()
})

t.test('what HAProxy lets pass is refused', async (t) => {
  const { path, close } = await startHarness()
  const refusals = {
    'show info foo': "'foo' is none of json, typed, desc.\n\n",
    'show info typed foo': "'foo' is none of typed, desc.\n\n",
    'show info typed typed': "'typed typed' says a word twice.\n\n",
    'show stat be_pg 4 -1 foo':
      "'show stat' expects {<iid>|<proxy>} <type> <sid>, then any of json, typed, desc, up, no-maint.\n\n",
    'show stat up be_pg': "'be_pg' is none of typed, desc, up, no-maint.\n\n",
    'show errors nosuch': 'No such proxy.\n\n',
    'show errors be_pg both': "'show errors' expects [<px>] [request|response].\n\n",
    'show servers conn nosuch': "Can't find backend.\n\n",
    'show servers conn be_pg x': "Trailing garbage 'x' after 'show servers conn'.\n\n",
    'show activity all': "Trailing garbage 'all' after 'show activity'.\n\n",
  }
  for (const [command, reply] of Object.entries(refusals)) t.equal(await exchange(path, `${command}\n`), reply, command)
  const error = await exchange(path, 'show stat nosuch 4 -1 json\n')
  t.equal(error, '{"error":"No such proxy."}\n\n', 'in the shape that was asked for')
  await close()
})
