import t from 'tap'
import { exposition } from '../../../src/control/metrics/exposition.js'
import { allFamilies } from '../../../src/control/metrics/metrics.js'
import type { WorkerLinkHandlers } from '../../../src/control/workers/worker-link.js'
import { Workers } from '../../../src/control/workers/workers.js'
import { samples, smallSources } from '../metrics/small-metrics.js'

/** Workers that only live and die. */
async function startMortals() {
  const sources = smallSources()
  const living: WorkerLinkHandlers[] = []
  const workers = new Workers('portable', sources.registry.board, (_boot, handlers) => {
    living.push(handlers)
    queueMicrotask(() => handlers.onMessage({ type: 'ready', engine: 'portable', pid: 1 }))
    return { send: () => {}, kill: () => handlers.onExit('killed') }
  })
  await workers.start()
  const kill = () => living.shift()?.onExit('signal SIGKILL')
  return { sources: { ...sources, workers }, workers, kill }
}

t.test('deaths are counted once, also when metrics are closed and opened again', async (t) => {
  const { sources, workers, kill } = await startMortals()
  const open = () => {
    const families = exposition(allFamilies(sources))
    return async () => samples(await families.text()).get('headgate_worker_deaths_total')
  }
  const shown = open()
  t.equal(await shown(), 0)
  kill()
  t.equal(await shown(), 1)
  // as after an upgrade that failed
  const shownAgain = open()
  t.equal(await shownAgain(), 1, 'it did not begin again at 0')
  kill()
  t.equal(await shownAgain(), 2)
  await workers.quit(0)
})
