/** `npm run failovers` in short: the primary of a real PostgreSQL dies or hangs, a replica is promoted, writers write on. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ENGINES, skipEngine } from '../support/engines.js'
import { skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS } from '../support/postgres.js'
import { REPLICATION_PROGRAMS } from '../support/postgres-cluster.js'
import { Program } from '../support/program.js'

const FAILOVERS = fileURLToPath(new URL('../../scripts/failovers/main.ts', import.meta.url))
const DEATHS = { kill: 'killed', freeze: 'hung up' }

const skip = skipWithout(...POSTGRES_PROGRAMS, ...REPLICATION_PROGRAMS)
for (const engine of ENGINES) {
  for (const [death, words] of Object.entries(DEATHS)) {
    const name = `every write comes to the primary, also after it was ${words}, on the ${engine} engine`
    t.test(name, { skip: skipEngine(engine) || skip, timeout: 90_000 }, async (t) => {
      const args = ['--import', 'tsx', FAILOVERS, '--failovers', '2', '--engine', engine, '--death', death]
      const running = Program.start(process.execPath, args)
      t.match(await running.exited, { code: 0 })
      t.comment(running.tail())
      t.equal(running.lines.at(-1), 'failovers: every write came to the primary')
    })
  }
}
