import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { withoutWaiting } from '../../../src/control/log/descriptor.js'
import { Output } from '../../../src/control/log/output.js'
import { Fifo } from './fifo.js'

const skip = process.platform === 'linux' ? false : 'opens a pipe anew through /proc'

function outputTo(t: Test, descriptor: number, bound = 1_000_000): Output {
  const opened = withoutWaiting(descriptor)
  if (opened !== descriptor) t.teardown(() => closeSync(opened))
  const output: Output = new Output({
    descriptor: opened,
    bound,
    onDropped: (lines) => output.write(`dropped ${lines}\n`),
  })
  return output
}

const wait = () => new Promise((resolve) => setImmediate(resolve))

t.test('lines of one callback leave at its end, in order', { skip }, async (t) => {
  const fifo = new Fifo(t)
  const output = outputTo(t, fifo.writer)
  output.write('one\n')
  output.write('two\n')
  fifo.read()
  t.same(fifo.lines, [])
  await Promise.resolve()
  fifo.read()
  t.same(fifo.lines, ['one', 'two'])
})

t.test(
  'an unread pipe holds nobody up; what fits in the queue arrives later, the rest is counted',
  { skip },
  async (t) => {
    const fifo = new Fifo(t)
    const output = outputTo(t, fifo.writer, 100_000)
    const line = `${'x'.repeat(99)}\n`
    const began = performance.now()
    for (let i = 0; i < 10_000; i++) {
      output.write(line)
      if (i % 100 === 0) await wait()
    }
    t.ok(performance.now() - began < 1_000)
    t.ok(output.dropped > 8_000)
    const { dropped } = output
    while (!fifo.lines.some((text) => text.startsWith('dropped'))) {
      fifo.read()
      await after(1)
    }
    t.equal(fifo.lines.filter((text) => text === 'x'.repeat(99)).length, 10_000 - dropped)
    t.same(
      fifo.lines.filter((text) => text.startsWith('dropped')),
      [`dropped ${dropped}`],
    )
  },
)

t.test('whatever is written and read, every line arrives whole and in order or is counted', { skip }, async (t) => {
  const runs = fc.record({
    bound: fc.integer({ min: 1_000, max: 200_000 }),
    steps: fc.array(
      fc.record({
        lines: fc.nat(50),
        length: fc.integer({ min: 1, max: 9_000 }),
        /** In one write of bytes, in memory that the next batch reuses. */
        isBatch: fc.boolean(),
        read: fc.boolean(),
      }),
      { maxLength: 20 },
    ),
  })
  const room = Buffer.alloc(50 * 9_020)
  await fc.assert(
    fc.asyncProperty(runs, async ({ bound, steps }) => {
      const fifo = new Fifo(t)
      const opened = withoutWaiting(fifo.writer)
      const output = new Output({ descriptor: opened, bound, onDropped: () => {} })
      let number = 0
      for (const { lines, length, isBatch, read } of steps) {
        const texts = Array.from({ length: lines }, () => `${number++} ${'x'.repeat(length)}\n`)
        if (isBatch) output.write(room.subarray(0, room.write(texts.join(''))), lines)
        else for (const text of texts) output.write(text)
        if (read) fifo.read()
        await wait()
      }
      const reading = setInterval(() => fifo.read(), 0)
      while (fifo.lines.length + output.dropped < number) await after(1)
      clearInterval(reading)
      closeSync(opened)
      const numbers = fifo.lines.map((line) => Number(line.split(' ')[0]))
      const lengths = new Set(steps.map(({ length }) => length))
      return (
        fifo.lines.length + output.dropped === number &&
        numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0)) &&
        fifo.lines.every((line) => lengths.has(line.split(' ')[1]?.length ?? 0))
      )
    }),
    { numRuns: 40 },
  )
})

t.test('on the way out the rest is written, for as long as somebody reads and not for ever', { skip }, async (t) => {
  const fifo = new Fifo(t)
  const output = outputTo(t, fifo.writer)
  output.write('last\n')
  output.flush(1_000)
  fifo.read()
  t.same(fifo.lines, ['last'])
  for (let i = 0; i < 2_000; i++) output.write(`${'x'.repeat(99)}\n`)
  const began = performance.now()
  output.flush(50)
  const took = performance.now() - began
  t.ok(took >= 50 && took < 500, `gave up after ${took} ms`)
})

t.test('a reader that has gone costs its lines and nothing else', { skip }, async (t) => {
  const fifo = new Fifo(t)
  const output = outputTo(t, fifo.writer)
  fifo.closeReader()
  for (let i = 0; i < 10; i++) {
    output.write('nobody hears this\n')
    await wait()
  }
  t.equal(output.dropped, 10)
  output.flush(10)
})

t.test('a full disk costs lines, which a later line tells', { skip: fullDevice() }, async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const told: number[] = []
  const output = new Output({ descriptor: full, bound: 1_000, onDropped: (lines) => told.push(lines) })
  output.write('a\n')
  output.write('b\n')
  await wait()
  output.write('c\n')
  await wait()
  t.equal(output.dropped, 3)
  t.same(told, [], 'not while writes fail')
})

t.test('a regular file is appended to where it stands', async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'headgate-')), 'log')
  const file = openSync(path, 'a')
  t.teardown(() => closeSync(file))
  const output = outputTo(t, file)
  output.write('one\n')
  await wait()
  output.write('two\n')
  output.flush(10)
  t.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
})

t.test('what a pipe shares with other processes is left as it was', { skip }, async (t) => {
  const fifo = new Fifo(t)
  outputTo(t, fifo.writer)
  const flags = readFileSync(`/proc/self/fdinfo/${fifo.writer}`, 'utf8').match(/flags:\s*(\d+)/)?.[1] ?? ''
  t.equal(Number.parseInt(flags, 8) & 0o4000, 0, 'O_NONBLOCK')
})

function fullDevice(): string | false {
  return process.platform === 'linux' ? false : 'needs /dev/full'
}
