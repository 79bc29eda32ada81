/** Which threads of a Node process give way to others. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import t from 'tap'
import { lowerHelperThreads } from '../../../src/control/workers/helper-threads.js'

t.test('all but the first thread, which does the work', async (t) => {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); process.stdin.resume()'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const { pid = -1 } = child
  const before = getPriority(pid)
  lowerHelperThreads(pid)
  t.equal(getPriority(pid), before)
  const helpers = readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .filter((thread) => thread !== pid)
  t.ok(helpers.length > 0)
  for (const thread of helpers) t.equal(getPriority(thread), Math.max(before, 10))
})

t.test('a process that is gone is nothing to complain of', async (t) => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'close')
  t.doesNotThrow(() => lowerHelperThreads(child.pid ?? -1))
})
