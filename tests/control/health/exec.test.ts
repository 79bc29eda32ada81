import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parseDatabaseWords } from '../../../src/control/health/probes/exec/database-words.js'
import { oneLine } from '../../../src/control/health/probes/one-line.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { Address } from '../../../src/core/address.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, rise: 2, fall: 3 }
const TARGET: Address = { family: 4, host: '127.0.0.1', port: 5432 }
const NAME = { backend: 'db', name: 'r1' }

/** What a probe with this command finds. */
function probe(command: readonly string[], timeoutMs = 5_000, target = TARGET) {
  const steps: string[] = []
  const settings = { type: 'exec', ...SCHEDULE, command, timeoutMs } as const
  const running = startProbe(target, undefined, settings, Date.now, (words) => steps.push(words), NAME)
  return { ...running, steps }
}

/** The body of a shell script, which a test may be though a probe is not. */
const script = (body: string) => ['/bin/sh', '-c', body]

async function found(command: readonly string[], timeoutMs?: number) {
  const { durationMs: _, at: __, ...finding } = await probe(command, timeoutMs).report
  return finding
}

const openDescriptors = () => readdirSync('/proc/self/fd').length

/** Processes with this environment variable, zombies among them by their parent. */
function processesOf(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark)
    } catch {
      return false
    }
  })
}

function zombies(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const [, state, parent] = /\) (\w) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      return state === 'Z' && parent === String(process.pid)
    } catch {
      return false
    }
  })
}

/** Awaits that nobody is left whose command line has the mark, and that this process holds no more than before. */
async function nothingIsLeft(t: Test, mark: string, descriptors: number) {
  const until = performance.now() + 2_000
  const left = () => [...processesOf(mark), ...zombies()]
  while ((left().length > 0 || openDescriptors() > descriptors) && performance.now() < until) await pause(5)
  t.same(left(), [], 'no process')
  // fewer, when something that the test before left to the collector is gone by now
  t.ok(openDescriptors() <= descriptors, 'no descriptor')
}

t.test('exit code 0 passes, with the first line of output for words', async (t) => {
  t.same(await found(script('echo "  all is well"; echo more')), {
    passed: true,
    code: 'PROCOK',
    reason: 'passed',
    words: 'all is well',
  })
  t.match(await found(['/bin/true']), { code: 'PROCOK', words: '/bin/true ended with exit code 0' })
  const { report, steps } = probe(['/bin/true'])
  await report
  t.match(steps, [/^started \/bin\/true, pid \d+$/, 'ended with exit code 0'])
})

t.test('another exit code fails, a line on standard error being as good', async (t) => {
  t.match(await found(script('echo too old; exit 3')), {
    passed: false,
    code: 'PROCERR',
    reason: 'wrong-answer',
    words: '/bin/sh ended with exit code 3: too old',
  })
  t.match(await found(script('echo oops >&2; exit 1')), { words: '/bin/sh ended with exit code 1: oops' })
  t.match(await found(script('kill -TERM $$')), { code: 'PROCERR', words: '/bin/sh was ended by SIGTERM' })
})

t.test('it is told whom to probe, by its environment alone, and no shell sees its arguments', async (t) => {
  process.env.HEADGATE_TEST_SECRET = 'secret'
  const folder = temporaryFolder()
  t.teardown(() => {
    folder.remove()
    delete process.env.HEADGATE_TEST_SECRET
  })
  const file = join(folder.path, 'show')
  writeFileSync(file, '#!/bin/sh\nprintf "%s\\n" "$1" >"$2"; /usr/bin/env >>"$2"; pwd >>"$2"', { mode: 0o755 })
  const out = join(folder.path, 'out')
  await found([file, '$(id); `id` > x', out])
  const [argument, ...lines] = readFileSync(out, 'utf8').trim().split('\n')
  t.equal(argument, '$(id); `id` > x')
  t.same(
    lines.filter((line) => /^HEADGATE/.test(line)).sort(),
    [
      'HEADGATE_ADDRESS=127.0.0.1:5432',
      'HEADGATE_BACKEND=db',
      'HEADGATE_HOST=127.0.0.1',
      'HEADGATE_PORT=5432',
      'HEADGATE_SERVER=r1',
    ],
    'and not what the daemon has',
  )
  t.ok(lines.includes('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'))
  t.equal(lines.at(-1), '/')
})

t.test('a unix socket has an address and no port', async (t) => {
  const at: Address = { family: 'unix', path: '/run/db.sock' }
  const { words } = await probe(script('echo "$HEADGATE_ADDRESS [$HEADGATE_HOST$HEADGATE_PORT]"'), 5_000, at).report
  t.equal(words, 'unix:/run/db.sock []')
})

t.test('it inherits no descriptor but its three', async (t) => {
  const file = openSync('/dev/null', 'r')
  t.teardown(() => closeSync(file))
  // of the programs that started this test there may be more, and every child gets them
  const inherited = execFileSync('/bin/ls', ['/proc/self/fd'], { encoding: 'utf8' }).trim().split('\n')
  const beside = probe(['/bin/sleep', '600'])
  const { words } = await probe(script('echo $(ls /proc/self/fd)')).report
  t.same(words.split(' '), inherited)
  beside.cancel()
  await beside.report
})

t.test('a command that is not there, or may not be run, says nothing about the server', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const file = join(folder.path, 'plain')
  writeFileSync(file, '#!/bin/true\n')
  const orphan = join(folder.path, 'orphan')
  writeFileSync(orphan, '#!/no/such/interpreter\n', { mode: 0o755 })
  const misconfigured = { passed: false, code: 'SOCKERR', reason: 'misconfigured' }
  const missing = join(folder.path, 'missing')
  t.match(await found([missing]), {
    ...misconfigured,
    words: `${missing} cannot be run: no such file, or its interpreter is not there`,
  })
  t.match(await found([orphan]), misconfigured)
  t.match(await found([join(file, 'below')]), misconfigured)
  t.match(await found([file]), { ...misconfigured, words: `${file} cannot be run: it may not be executed` })
  t.match(await found([folder.path]), misconfigured)
  t.match(await found(['/bin/true', 'x'.repeat(3_000_000)]), { ...misconfigured, words: /arguments are too long$/ })
})

t.test('whatever it does, it ends with its timeout, and leaves no process, zombie or descriptor', async (t) => {
  const descriptors = openDescriptors()
  const mark = `headgate-exec-test-${process.pid}`
  const stubborn = {
    'it sleeps': 'sleep 600',
    'it ignores SIGTERM': 'trap "" TERM INT HUP; while :; do sleep 0.01; done',
    'it stops itself': 'kill -STOP $$',
    'its child holds its output open and ignores SIGTERM': '(trap "" TERM; sleep 600) & sleep 600',
    'it forks without end': 'while :; do sleep 600 & sleep 0.01; done',
  }
  for (const [name, body] of Object.entries(stubborn)) {
    const began = performance.now()
    t.match(
      await found(['/bin/sh', '-c', `: ${mark}; ${body}`, mark], 150),
      {
        passed: false,
        code: 'PROCTOUT',
        reason: 'no-answer',
        words: '/bin/sh was killed, for it had not ended within 150ms',
      },
      name,
    )
    t.ok(performance.now() - began < 1_000, `${name}: at its timeout`)
    await nothingIsLeft(t, mark, descriptors)
  }
})

t.test('a child that it leaves behind is killed, and does not delay the verdict', async (t) => {
  const descriptors = openDescriptors()
  const mark = `headgate-exec-left-${process.pid}`
  const began = performance.now()
  const body = `: ${mark}; (trap "" TERM HUP; while :; do sleep 0.1; done) & echo role=primary up`
  t.match(await found(['/bin/sh', '-c', body, mark], 60_000), { passed: true, words: 'role=primary up' })
  t.ok(performance.now() - began < 2_000)
  await nothingIsLeft(t, mark, descriptors)
})

t.test('a child in a session of its own gets away, and does not delay the verdict either', async (t) => {
  const descriptors = openDescriptors()
  const began = performance.now()
  const { words } = await probe(script('setsid sleep 3 & echo up'), 60_000).report
  t.equal(words, 'up')
  t.ok(performance.now() - began < 2_000)
  t.equal(openDescriptors(), descriptors)
})

t.test('a flood of output ends it', async (t) => {
  const descriptors = openDescriptors()
  const mark = `headgate-exec-flood-${process.pid}`
  for (const where of ['1', '2']) {
    t.match(
      await found(['/bin/sh', '-c', `: ${mark}; while :; do echo ${'y'.repeat(1_000)}; done >&${where}`], 30_000),
      {
        passed: false,
        code: 'PROCERR',
        reason: 'garbage',
        words: '/bin/sh wrote more than 65536 bytes',
      },
    )
    await nothingIsLeft(t, mark, descriptors)
  }
})

t.test('a cancelled probe is killed too, also one that was cancelled at once', async (t) => {
  const descriptors = openDescriptors()
  const mark = `headgate-exec-cancel-${process.pid}`
  for (const waitMs of [0, 50]) {
    const { report, cancel } = probe(['/bin/sh', '-c', `: ${mark}; sleep 600`], 60_000)
    if (waitMs > 0) await pause(waitMs)
    cancel()
    await report
    await nothingIsLeft(t, mark, descriptors)
  }
})

t.test('a hundred probes at once leave nothing', async (t) => {
  const descriptors = openDescriptors()
  const mark = `headgate-exec-many-${process.pid}`
  const bodies = ['exit 0', 'echo x; exit 1', 'sleep 600', 'sleep 600 & exit 0']
  const all = Array.from({ length: 100 }, (_, i) => found(['/bin/sh', '-c', `: ${mark}; ${bodies[i % 4]}`], 1_500))
  const codes = (await Promise.all(all)).map(({ code }) => code)
  t.same([...new Set(codes)].sort(), ['PROCERR', 'PROCOK', 'PROCTOUT'])
  await nothingIsLeft(t, mark, descriptors)
})

t.test('words of a role and a lag become what the probe knows of the database', async (t) => {
  const line = 'fine role=replica lag_ms=120 position=9007199254740991 timeline=3'
  t.match(await found(script(`echo "${line}"`)), {
    passed: true,
    words: line,
    database: { role: 'replica', lagMs: 120, position: Number.MAX_SAFE_INTEGER, timeline: 3 },
  })
  t.notMatch(await found(script(`echo "${line}"; exit 1`)), { database: {} }, 'not where it failed')
  t.match(await found(script('echo role=master')), {
    passed: false,
    code: 'PROCERR',
    reason: 'wrong-answer',
    words: '/bin/sh said role=master, expected role=primary or role=replica',
  })
})

t.test('a word of these that is not as it must be fails the probe', async (t) => {
  t.same(parseDatabaseWords('role=primary'), { role: 'primary' })
  for (const line of ['', 'all well', 'Role=primary', 'myrole=primary', 'lag=1'])
    t.equal(parseDatabaseWords(line), undefined, line)
  const wrong = {
    'role=': /^role=, expected role=primary/,
    'role=Primary': /expected/,
    'lag_ms=5': 'lag_ms without role=',
    'role=replica lag_ms=5.5': 'lag_ms=5.5, expected a whole number',
    'role=replica lag_ms=-1': /whole number/,
    'role=replica position=9007199254740993': /whole number/,
    'role=replica role=replica': 'role= stands there twice',
    'role=replica timeline=': /whole number/,
  }
  for (const [line, words] of Object.entries(wrong)) t.match(parseDatabaseWords(line), words, line)
})

t.test('one line, bounded, and no control characters, whatever was said', async (t) => {
  t.equal(oneLine(Buffer.from('\n \r\n\x1b[31mred\x1b[0m\tand\x00 \x07plain\u202e\u2028!\nmore')), 'red and plain!')
  t.equal(oneLine(Buffer.from('x'.repeat(1_000))).length, 200)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const line = oneLine(bytes)
      return !/[\p{Cc}\p{Cf}]/u.test(line) && Array.from(line).length <= 200
    }),
  )
})
