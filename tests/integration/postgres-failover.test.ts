/** `npm run failovers` in short: the primary of a real PostgreSQL dies or hangs, a replica is promoted, writers write on. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Engine, skipEngine } from '../support/engines.js'
import { skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS } from '../support/postgres.js'
import { REPLICATION_PROGRAMS } from '../support/postgres-cluster.js'
import { Program } from '../support/program.js'

const FAILOVERS = fileURLToPath(new URL('../../scripts/failovers/main.ts', import.meta.url))
const skip = skipWithout(...POSTGRES_PROGRAMS, ...REPLICATION_PROGRAMS)

function failovers(name: string, engine: Engine, ...args: readonly string[]): void {
  t.test(`${name} (${engine} engine)`, { skip: skipEngine(engine) || skip, timeout: 90_000 }, async (t) => {
    const all = ['--import', 'tsx', FAILOVERS, '--failovers', '2', '--engine', engine, ...args]
    const running = Program.start(process.execPath, all)
    t.match(await running.exited, { code: 0 })
    t.comment(running.tail())
    t.equal(running.lines.at(-1), 'failovers: every write came to the primary')
  })
}

failovers('a primary that is killed', 'linux')
failovers('a primary that is killed', 'portable')
failovers('a primary that hangs, while new sessions wait', 'linux', '--death', 'freeze', '--wait')
