/** The MySQL probe against real nodes of Galera. */
import t from 'tap'
import { eventually } from '../../support/eventually.js'
import { skipWithoutGalera, startGalera } from '../../support/galera.js'
import { CREATE_MONITOR, MONITOR, report } from './mysql-report.js'

t.test('nodes of Galera serve while they are in sync', { skip: skipWithoutGalera() }, async (t) => {
  const { nodes, stop } = await startGalera(2)
  t.teardown(stop)
  const [one, two] = nodes
  if (!one || !two) throw new Error('a cluster of two has two nodes')
  await one.sql(CREATE_MONITOR)
  const notReady = { passed: false, code: 'L7STS', reason: 'not-ready' }

  await t.test('each of them, and none is the primary', async (t) => {
    for (const node of [one, two]) {
      const steps: string[] = []
      const { passed, database, words } = await report(node, MONITOR, (step) => steps.push(step))
      t.same({ passed, database }, { passed: true, database: undefined })
      t.match(words, `127.0.0.1:${node.port} is a node of Galera in sync (MariaDB `)
      t.ok(steps.includes('Galera: wsrep_local_state is 4 (Synced)'))
      t.match(await report(node, { ...MONITOR, galera: true }), { passed: true })
    }
  })

  await t.test('a donor does not, unless it shall', async (t) => {
    await one.sql('SET GLOBAL wsrep_desync = ON')
    const words = `127.0.0.1:${one.port} is not ready: wsrep_local_state is 2 (Donor/Desynced)`
    t.match(await report(one, MONITOR), { ...notReady, words })
    t.match(await report(one, { ...MONITOR, donor: true }), { passed: true })
    t.match(await report(one, { ...MONITOR, galera: false }), { passed: true, database: { role: 'primary' } })
    await one.sql('SET GLOBAL wsrep_desync = OFF')
    await eventually('it is in sync again', async () => (await report(one, MONITOR)).passed)
  })

  await t.test('a node that is read only is a replica', async (t) => {
    await two.sql('SET GLOBAL read_only = ON')
    t.match(await report(two, MONITOR), { passed: true, database: { role: 'replica' } })
    await two.sql('SET GLOBAL read_only = OFF')
  })

  await t.test('a node that shall reject queries does not', async (t) => {
    await two.sql("SET GLOBAL wsrep_reject_queries = 'ALL'")
    t.match(await report(two, MONITOR), { ...notReady, words: /wsrep_reject_queries is ALL$/ })
    await two.sql("SET GLOBAL wsrep_reject_queries = 'NONE'")
    t.match(await report(two, MONITOR), { passed: true })
  })

  await t.test('a node that lost the others does not', async (t) => {
    await two.kill()
    await eventually('it has lost them', async () => !(await report(one, MONITOR)).passed, 30_000)
    const { words, ...found } = await report(one, MONITOR)
    t.match(found, notReady)
    t.match(words, 'wsrep_ready is OFF (')
  })
})
