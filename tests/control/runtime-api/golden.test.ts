import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Level } from '../../../src/control/runtime-api/level.js'
import { exchange, type Harness, startHarness } from './harness.js'

const golden = (file: string) => readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8')

const LEVELS: Readonly<Record<string, Level>> = { admin: 'admin', oper: 'operator', user: 'user' }

interface Case {
  readonly level: Level
  readonly command: string
  readonly reply: string
  readonly stat?: Readonly<Record<string, string>>
  readonly state?: string
}

function casesOf(file: string): Case[] {
  const blocks = golden(file).trimEnd().split('\n\n')
  return blocks.map((block) => {
    const [head = '', reply = '', stat, state] = block.split('\n')
    const [level = '', command = ''] = head.split(' > ')
    const found = LEVELS[level]
    if (!found) throw new Error(`no level ${level}`)
    return { level: found, command, reply: JSON.parse(reply), ...(stat && state && { stat: JSON.parse(stat), state }) }
  })
}

/** Commands that we answer otherwise, and why. */
const OTHERWISE = new Map([
  ['set weight be_static/st1 50', 'no policy of ours is static: every weight can be changed'],
  ['set weight be_static/st1 50%', 'the same'],
  ['set server be_pg/pg1', 'the usage names only what can be set here'],
  ['set server be_pg/pg1 foo', 'the same'],
  ['set server be_pg/pg1 foo bar', 'the same'],
  ['set server be_pg/pg1 addr 127.0.0.1 port 70000', 'no port: HAProxy takes it for 4464'],
  ['set maxconn server be_pg/pg1 -1', 'no number of sessions'],
  ['set maxconn frontend fe_pg abc', 'the same'],
  ['set maxconn global abc', 'the same'],
  ['set maxconn global 5000', 'HAProxy has room for what it started with'],
  ['add server be_pg/dyn1 127.0.0.1:26113 check inter 500 weight 7', 'a check is a matter of the backend'],
  ['add server be_pg/dyn4 127.0.0.1:26113 cookie x', 'there are no cookies'],
  ['add server be_static/dyn2 127.0.0.1:26113', 'no policy of ours is static'],
  ['clear counters foo', 'no words of clear counters'],
  ['shutdown session foo', 'our session ids are words, not pointers: it is one that nobody has'],
])

/** Columns of `show stat` that cannot be equal, by the rows they are masked in. */
const MASKED: readonly { readonly columns: string; readonly in: RegExp; readonly why: string }[] = [
  { columns: 'slim', in: /BACKEND/, why: 'fullconn, which headgate does not have' },
  { columns: 'need_conn_est', in: /./, why: "an estimate for HAProxy's pools of idle connections" },
  { columns: 'act bck weight uweight', in: /be_pg,(pg3|BACKEND)/, why: 'pg3 is a backup there' },
  { columns: 'tracked status', in: /be_src,s2/, why: 'it tracks the check of another server there' },
  { columns: 'algo', in: /be_static/, why: 'static-rr' },
]

async function withHarnesses(use: (at: (level: Level) => Harness) => Promise<void>): Promise<void> {
  const all = { user: await startHarness({ level: 'user' }), operator: await startHarness({ level: 'operator' }) }
  const admin = await startHarness()
  await use((level) => (level === 'admin' ? admin : all[level]))
  for (const harness of [admin, all.user, all.operator]) await harness.close()
}

for (const file of ['weight.txt', 'levels.txt', 'server-state.txt', 'changes.txt']) {
  t.test(`${file}: HAProxy's replies, byte for byte`, async (t) => {
    await withHarnesses(async (at) => {
      for (const { level, command, reply, stat, state } of casesOf(file)) {
        const { path } = at(level)
        const answer = await exchange(path, `${command}\n`)
        if (OTHERWISE.has(command)) t.not(answer, reply, `${command}: ${OTHERWISE.get(command)}`)
        else t.equal(answer, reply, `${level} > ${command}`)
        if (stat && state) await compareServer(t, path, command, stat, state)
      }
    })
  })
}

/** After the command: health is masked, since no probe runs here to bring a server back from maint. */
async function compareServer(
  t: Tap,
  path: string,
  command: string,
  stat: Readonly<Record<string, string>>,
  state: string,
) {
  const { before, after } = /^(?<before>(\S+ ){9})\S+ \S+ \S+ \S+(?<after> .*)$/.exec(state)?.groups ?? {}
  const target = / (\w+)\/(\w+)/.exec(command) ?? []
  const lines = (await exchange(path, `show servers state ${target[1]}\n`)).split('\n')
  const ours = lines.find((line) => line.split(' ')[3] === target[2]) ?? ''
  t.ok(ours.startsWith(before ?? '?') && ours.endsWith(after ?? '?'), `${command}: ${ours} as ${state}`)
  const row = rowsOf(await exchange(path, 'show stat\n')).find(({ svname }) => svname === target[2]) ?? {}
  const bare = (status = '') => status.replace(/ \d\/\d/, '')
  for (const [column, value] of Object.entries(stat)) {
    if (column === 'lastchg') continue
    t.equal(bare(row[column]), bare(value), `${command}: ${column}`)
  }
}

type Tap = Pick<typeof t, 'equal' | 'ok'>

function rowsOf(csv: string): Record<string, string>[] {
  const [header = '', ...lines] = csv.trimEnd().split('\n')
  const names = header.slice(2).split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i] ?? '', value])))
}

t.test("show stat: HAProxy's header and rows, but for the masked columns", async (t) => {
  const { path, close } = await startHarness()
  const ours = await exchange(path, 'show stat\n')
  await close()
  const theirs = golden('show-stat.csv')
  t.equal(ours.split('\n')[0], theirs.split('\n')[0], 'the header')
  const wanted = rowsOf(theirs)
  const found = rowsOf(ours)
  t.equal(found.length, wanted.length)
  for (const [i, row] of wanted.entries()) {
    const name = `${row.pxname},${row.svname}`
    const masked = MASKED.filter((mask) => mask.in.test(name)).flatMap(({ columns }) => columns.split(' '))
    const shown = (row: Record<string, string> = {}) =>
      Object.entries(row).filter(([column]) => !masked.includes(column))
    t.same(shown(found[i]), shown(row), name)
  }
  t.equal(ours.slice(-2), '\n\n')
})

t.test("show servers state: HAProxy's lines, byte for byte", async (t) => {
  const { path, close } = await startHarness()
  const theirs = golden('show-servers-state.txt')
  t.equal(await exchange(path, 'show servers state\n'), `${theirs}\n`)
  const bePg = theirs.split('\n').filter((line, i) => i < 2 || line.startsWith('3 '))
  t.equal(await exchange(path, 'show servers state be_pg\n'), `${bePg.join('\n')}\n\n`)
  t.equal(await exchange(path, 'show servers state nosuch\n'), "Can't find backend.\n\n")
  await close()
})

t.test("show info: HAProxy's fields in its order", async (t) => {
  const { path, close } = await startHarness()
  const names = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(':')[0])
  const ours = await exchange(path, 'show info\n')
  t.same(names(ours), names(golden('show-info.txt')))
  t.match(ours, /^Nbthread: 2$/m)
  t.match(ours, /^Pid: 4711$/m)
  t.match(ours, /^Uptime: 0d 0h00m26s$/m)
  t.match(ours, /^node: lbnode$/m)
  await close()
})

t.test('short ones, byte for byte', async (t) => {
  const { path, close } = await startHarness()
  const END =
    '  help [<command>]                        : list matching or all commands\n' +
    '  prompt                                  : toggle interactive mode with prompt\n' +
    '  quit                                    : disconnect\n\n'
  const better = 'Unknown command, but maybe one of the following ones is a better match:\n'
  const replies = {
    'show backend': '# name\nbe_pg\nbe_nochk\nbe_src\nbe_static\n\n',
    'show stat nosuch 4 -1': 'No such proxy.\n\n',
    'show version': '0.1.0\n\n',
    'shutdown sessions': `${better}  shutdown sessions server <bk>/<srv>     : kill sessions on a server\n${END}`,
    'help get': `The following commands are valid at this level:\n  get weight <bk>/<srv>                   : report a server's current weight\n${END}`,
    'SHOW backend': `${better}  show backend                            : list backends in the current running config\n${END}`,
  }
  for (const [command, reply] of Object.entries(replies)) t.equal(await exchange(path, `${command}\n`), reply, command)
  const all = await exchange(path, '\n')
  t.match(all, /^Unknown command\. Please enter one of the following commands only:\n {2}\w/)
  t.ok(all.endsWith(END))
  await close()
})

t.test('show stat takes an iid or a name, types and a server id', async (t) => {
  const { path, close } = await startHarness()
  const names = async (args: string) =>
    rowsOf(await exchange(path, `show stat ${args}\n`)).map(({ pxname, svname }) => `${pxname}/${svname}`)
  t.same(await names('be_pg 4 -1'), ['be_pg/pg1', 'be_pg/pg2', 'be_pg/pg3', 'be_pg/pg4'])
  t.same(await names('3 4 2'), ['be_pg/pg2'])
  t.same(await names('2 4 -1'), [], 'a frontend has no servers')
  t.same(await names('-1 1 -1'), ['fe_pg/FRONTEND'])
  t.equal((await names('-1 2 -1')).length, 4)
  t.same(await names('99 4 -1'), [])
  for (const args of ['be_pg', 'be_pg 4', 'be_pg x -1', 'be_pg 4 y']) {
    t.match(await exchange(path, `show stat ${args}\n`), /^'show stat' expects/, args)
  }
  await close()
})
