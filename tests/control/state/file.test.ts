import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { formatState, MOST_BYTES, parseState } from '../../../src/control/state/document.js'
import type { StateEntry } from '../../../src/control/state/entry.js'
import { readState, setAside, writeState } from '../../../src/control/state/file.js'
import { openState, putAside, stateFile } from '../../../src/control/state/open.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const NOW = Date.UTC(2026, 10, 21, 15, 3, 22, 7)
const ENTRY: StateEntry = { kind: 'weight', target: 'db/r1', configured: 100, value: 50, by: 'alice', at: NOW }
const GOOD = formatState([ENTRY]).text

const folder = temporaryFolder()
t.after(() => folder.remove())
let files = 0
function place(text?: string | Buffer): string {
  const path = join(folder.path, `${files++}.state`)
  if (text !== undefined) writeFileSync(path, text, { mode: 0o600 })
  return path
}

t.test('written whole with mode 0600, read back, and nothing else left in the folder', async (t) => {
  const home = join(folder.path, 'home')
  const path = join(home, 'headgate.state')
  await writeState(path, GOOD)
  t.equal(statSync(path).mode & 0o777, 0o600, 'the folder was made')
  t.same(await readState(path), { ok: true, entries: [ENTRY], problems: [] })
  await writeState(path, formatState([]).text)
  t.same(await readState(path), { ok: true, entries: [], problems: [] })
  t.same(readdirSync(home), ['headgate.state'])
  t.equal(await readState(join(home, 'none')), 'none')
})

t.test('a write that fails leaves the old file, and nothing beside it', async (t) => {
  const home = join(folder.path, 'full')
  const path = join(home, 'headgate.state')
  await writeState(path, GOOD)
  mkdirSync(`${path}.${process.pid}.tmp`)
  writeFileSync(join(`${path}.${process.pid}.tmp`, 'x'), '')
  await t.rejects(writeState(path, 'other'))
  t.equal(readFileSync(path, 'utf8'), GOOD)
  await t.rejects(writeState(join(folder.path, 'no', 'such', 'folder', 'x'), GOOD), { code: 'ENOENT' })
  await t.rejects(writeState(join(path, 'x'), GOOD), { code: 'ENOTDIR' })
})

t.test('no link that somebody laid is followed by a write', async (t) => {
  const victim = place('precious')
  const path = place()
  symlinkSync(victim, `${path}.${process.pid}.tmp`)
  await writeState(path, GOOD)
  t.equal(readFileSync(victim, 'utf8'), 'precious')
  t.equal(readFileSync(path, 'utf8'), GOOD)
})

t.test('what cannot be used is moved aside with a name, and why is told', async (t) => {
  const huge = place(GOOD)
  truncateSync(huge, MOST_BYTES + 1)
  const open = place(GOOD)
  chmodSync(open, 0o622)
  const newer = GOOD.replace('"headgate-state":1', '"headgate-state":2')
  const cases: readonly (readonly [path: string, why: RegExp])[] = [
    [place(''), /damaged, or no state file/],
    [place(GOOD.slice(0, -5)), /damaged, or no state file/],
    [place(Buffer.from([0, 255, 254, 1])), /damaged, or no state file/],
    [place('[]'), /damaged, or no state file/],
    [place('{}'), /no state file/],
    [place('{"headgate-state":1}'), /no state file/],
    [place('{"headgate-state":"1","entries":[]}'), /no state file/],
    [place(`${'['.repeat(1_000_000)}`), /damaged/],
    [place(newer), /a newer headgate wrote it \(format 2, this one knows 1\)/],
    [huge, /^it has 8388609 bytes, more than any/],
    [open, /others than its owner may write it/],
  ]
  for (const [path, why] of cases) {
    const opened = await openState(path)
    t.same(opened.entries, [])
    t.match(opened.problems, [why])
    t.ok(existsSync(path), 'and is where it was until the file is ours')
    const { problems, aside } = await putAside(path, opened.problems, NOW)
    t.same(problems, opened.problems)
    t.equal(aside, `${path}.unusable-20261121T150322007Z`)
    t.ok(existsSync(`${path}.unusable-20261121T150322007Z`) && !existsSync(path))
  }
})

t.test('a folder, a device or a socket at its path is neither moved nor replaced', async (t) => {
  const folderInstead = place()
  mkdirSync(folderInstead)
  const pipe = place()
  spawnSync('mkfifo', [pipe])
  const link = place()
  symlinkSync('/dev/null', link)
  const socket = place()
  const server = createServer().listen(socket)
  t.teardown(() => server.close())
  await once(server, 'listening')
  const cases: readonly (readonly [path: string, why: RegExp])[] = [
    [folderInstead, /^it is no regular file$/],
    [pipe, /^it is no regular file$/],
    [link, /^it is no regular file$/],
    [socket, /^it cannot be read: ENXIO$/],
  ]
  for (const [path, why] of cases) {
    const before = lstatSync(path).ino
    const { entries, problems } = await openState(path)
    t.same(entries, [])
    t.match(problems, [why])
    t.match(await putAside(path, problems, NOW), {
      problems: [why, /^it cannot be moved aside: only files are$/],
      aside: undefined,
    })
    await t.rejects(writeState(path, GOOD), /^it is no regular file$/)
    t.equal(lstatSync(path).ino, before, 'the same is still there')
  }
})

t.test('entries that this headgate cannot understand are left out, and told', async (t) => {
  const entries: readonly unknown[] = [
    ENTRY,
    { ...ENTRY, kind: 'colour' },
    { ...ENTRY, kind: '__proto__' },
    { ...ENTRY, value: 257 },
    { ...ENTRY, value: '50' },
    { ...ENTRY, configured: undefined },
    { ...ENTRY, target: 'x'.repeat(301) },
    { ...ENTRY, at: 'now' },
    { ...ENTRY, kind: 'server', value: { address: 'nowhere', weight: 1, maxSessions: 0 } },
    null,
    7,
    { ...ENTRY, kind: 'admin', configured: 'ready', value: 'drain' },
  ]
  const opened = await openState(place(JSON.stringify({ 'headgate-state': 1, entries })))
  t.match(opened.entries, [ENTRY, { kind: 'admin', value: 'drain' }])
  t.equal(opened.problems.length, 10)
  t.equal(opened.problems[0], 'entry 2 ("colour" of "db/r1") is of a kind that this headgate does not know')
  t.match(opened.problems[2], /entry 4 .* is damaged/)
})

t.test('a file that cannot be moved aside is told too', async (t) => {
  const path = join(place(''), 'x')
  const { entries, problems } = await openState(path)
  t.same(entries, [])
  t.match(await putAside(path, problems, NOW), {
    problems: [/cannot be read: ENOTDIR/, /cannot be moved aside: ENOTDIR/],
  })
  await t.rejects(setAside(place(), NOW), { code: 'ENOENT' })
})

t.test(
  'a file of another user is not trusted',
  { skip: process.getuid?.() !== 0 && 'only root can give files away' },
  async (t) => {
    const path = place(GOOD)
    chownSync(path, 12_345, 12_345)
    t.match(await readState(path), { ok: false, why: 'it belongs to another user (uid 12345)' })
  },
)

t.test('whatever the bytes are, they are entries or a reason', async () => {
  const mangled = fc
    .tuple(fc.nat({ max: GOOD.length }), fc.string({ maxLength: 5 }))
    .map(([at, text]) => GOOD.slice(0, at) + text + GOOD.slice(at + 1))
  const bytes = fc.oneof(
    fc.uint8Array(),
    mangled.map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
  )
  fc.assert(
    fc.property(bytes, (some) => {
      const parsed = parseState(some)
      return parsed.ok ? parsed.entries.length <= 1 : parsed.why.length > 0
    }),
    { numRuns: 2_000 },
  )
})

t.test('the file is bounded: the oldest changes are left out', async (t) => {
  const entries = Array.from({ length: 60_000 }, (_, i) => ({
    ...ENTRY,
    target: `db/${'x'.repeat(50)}${i}`,
    by: 'y'.repeat(900),
    at: i,
  }))
  const { text, leftOut } = formatState(entries)
  t.ok(Buffer.byteLength(text) <= MOST_BYTES)
  const parsed = parseState(Buffer.from(text))
  if (!parsed.ok) throw new Error(parsed.why)
  t.equal(parsed.entries.length, 60_000 - leftOut)
  t.equal(parsed.entries[0]?.at, leftOut, 'the newest are there, in their order')
  t.equal(parsed.entries[0]?.by.length, 300)
})

t.test('where it is: as configured, where systemd says, or beside the stats socket', async (t) => {
  const socket = '/run/headgate/headgate.sock'
  t.equal(stateFile({ socket, state: undefined }, {}), '/run/headgate/headgate.state')
  t.equal(stateFile({ socket: '/tmp/x', state: undefined }, {}), '/tmp/x.state')
  t.equal(
    stateFile({ socket, state: undefined }, { STATE_DIRECTORY: '/var/lib/headgate:/b' }),
    '/var/lib/headgate/headgate.state',
  )
  t.equal(stateFile({ socket, state: '/a/b' }, { STATE_DIRECTORY: '/c' }), '/a/b')
  t.equal(stateFile({ socket, state: 'off' }, { STATE_DIRECTORY: '/c' }), undefined)
})
