/** `npm run reloads` in short: every kind of edit twice, under load. Memory is judged by the long form only. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ENGINES, skipEngine } from '../support/engines.js'
import { skipWithout } from '../support/installed-programs.js'
import { Program } from '../support/program.js'

const RELOADS = fileURLToPath(new URL('../../scripts/reloads/main.ts', import.meta.url))

const skip = skipWithout('wrk', 'nginx')
for (const engine of ENGINES) {
  const options = { skip: skipEngine(engine) || skip }
  t.test(`nobody notices reloads under load on the ${engine} engine`, options, async (t) => {
    const running = Program.start(process.execPath, ['--import', 'tsx', RELOADS, '--reloads', '16', '--engine', engine])
    t.match(await running.exited, { code: 0 })
    t.comment(running.tail())
    t.equal(running.lines.at(-1), 'reloads: nobody noticed')
  })
}
