/** `npm run soak` in short: mixed traffic, every byte checked, nothing left over. Memory is judged by the long form only. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { rise } from '../../scripts/soak/trend.js'
import { skipEngine } from '../support/engines.js'
import { Program } from '../support/program.js'

const SOAK = fileURLToPath(new URL('../../scripts/soak/main.ts', import.meta.url))
const skip = skipEngine('linux')

function soak(...args: string[]): Program {
  return Program.start(process.execPath, ['--import', 'tsx', SOAK, ...args])
}

t.test('six seconds of mixed traffic break, leak and mix up nothing', { skip }, async (t) => {
  const running = soak('--seconds', '6')
  t.match(await running.exited, { code: 0 })
  t.match(running.lines.at(-1), 'soak: all as it should be')
  t.comment(running.tail())
})

t.test('a worker killed in the middle of mixed traffic mixes up nothing', { skip }, async (t) => {
  const running = soak('--seconds', '7', '--kills')
  t.match(await running.exited, { code: 0 })
  t.match(running.tail(), /0 mismatches; 1 workers killed/)
  t.comment(running.tail())
})

t.test('the soak says how it wants to be called', { skip }, async (t) => {
  const running = soak('--seconds', 'many')
  t.match(await running.exited, { code: 2 })
  t.match(running.tail(), /usage: npm run soak/)
})

t.test('a trend is the rise of the line through the measurements', async (t) => {
  const growing = Array.from({ length: 100 }, (_, at) => ({ at, value: 50 + 2 * at + (at % 2) }))
  t.ok(Math.abs(rise(growing) - 198) < 2)
  t.equal(rise(growing.map(({ at }) => ({ at, value: 7 }))), 0)
  t.equal(rise([]), 0)
})
