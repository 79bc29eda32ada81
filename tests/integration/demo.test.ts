/** The demo is the first thing that anybody runs. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Program } from '../support/program.js'

const MAIN = fileURLToPath(new URL('../../scripts/live-demo/main.ts', import.meta.url))

t.test('scripts/demo --once drives itself through a drain and finds all as it should be', async (t) => {
  const demo = Program.start(process.execPath, ['--import', 'tsx', MAIN, '--once'])
  const { code } = await demo.exited
  t.equal(code, 0, demo.lines.join('\n'))
  t.match(demo.lines.at(-1), /all as it should be/)
})

t.test('an option that it does not have is refused', async (t) => {
  const demo = Program.start(process.execPath, ['--import', 'tsx', MAIN, '--forever'])
  const { code } = await demo.exited
  t.equal(code, 2)
  t.match(demo.stderr.join('\n'), /usage: scripts\/demo \[--once\]/)
})
