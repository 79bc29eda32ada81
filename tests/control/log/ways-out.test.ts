import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { plainCommand } from '../../support/plain-command.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { Fifo } from './fifo.js'

const CHILD = new URL('./log-and-leave.ts', import.meta.url).pathname
const WAYS = ['exit', 'throw', 'end', 'signal'] as const
/** More than a pipe holds at one time. */
const LINES = 1_000

function child(t: Test, args: readonly string[], stdout: number | 'pipe'): ChildProcess {
  const { command, args: all } = plainCommand(process.execPath, ['--import', 'tsx', CHILD, ...args])
  const started = spawn(command, all, { stdio: ['ignore', stdout, 'pipe'] })
  t.teardown(() => started.kill('SIGKILL'))
  return started
}

async function leave(started: ChildProcess, way: string): Promise<void> {
  if (way !== 'signal') return
  for await (const text of started.stderr ?? []) if (String(text).includes('ready')) break
  started.kill('SIGTERM')
}

function isWhole(lines: readonly string[]): boolean {
  return lines.length === LINES && lines.every((line, i) => JSON.parse(line).msg.startsWith(`line ${i} x`))
}

for (const way of WAYS) {
  t.test(`no line is lost at ${way}, into a pipe`, { skip: process.platform === 'win32' && 'mkfifo' }, async (t) => {
    const fifo = new Fifo(t)
    const started = child(t, [way, `${LINES}`], fifo.writer)
    const exited = once(started, 'exit')
    const reading = setInterval(() => fifo.read(), 1)
    await leave(started, way)
    await exited
    clearInterval(reading)
    fifo.read()
    t.ok(isWhole(fifo.lines), `${fifo.lines.length} lines`)
  })

  t.test(`no line is lost at ${way}, into a socket`, async (t) => {
    const started = child(t, [way, `${LINES}`], 'pipe')
    let text = ''
    started.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    const closed = once(started.stdout ?? started, 'close')
    await leave(started, way)
    await closed
    const lines = text.split('\n').slice(0, -1)
    t.ok(isWhole(lines), `${lines.length} lines`)
  })

  t.test(`no line is lost at ${way}, into a file`, async (t) => {
    const folder = temporaryFolder()
    t.teardown(folder.remove)
    const path = join(folder.path, 'log')
    const file = openSync(path, 'w')
    const started = child(t, [way, `${LINES}`], file)
    closeSync(file)
    const exited = once(started, 'exit')
    await leave(started, way)
    await exited
    t.ok(isWhole(readFileSync(path, 'utf8').split('\n').slice(0, -1)))
  })
}

for (const [kind, stdout] of [
  ['pipe', (t: Test) => new Fifo(t).writer],
  ['socket', () => 'pipe' as const],
] as const) {
  t.test(`an unread ${kind} freezes nothing, and does not hold up the exit`, async (t) => {
    const started = child(t, ['unread', '20000'], stdout(t))
    const exited = once(started, 'exit')
    let latest = Number.NaN
    for await (const text of started.stderr ?? []) {
      latest = Number(/latest (\d+)/.exec(String(text))?.[1])
      break
    }
    t.ok(latest < 500, `the latest timer came ${latest} ms late`)
    const saidAt = performance.now()
    const [code] = await Promise.race([exited, after(10_000, ['late'])])
    const took = performance.now() - saidAt
    t.equal(code, 0)
    t.ok(took < 3_000, `out within ${took.toFixed()} ms`)
  })
}
