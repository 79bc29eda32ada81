/** What counts as a change of the config file: whatever an editor or a deploy may do to it, once and when it is done. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { watchFile } from '../../../src/control/reload/watch-file.js'

/** A watched file, and a look at it whenever the test says so. */
async function watched(t: Test) {
  const folder = t.testdir({ 'headgate.toml': 'one', other: 'other' })
  const path = join(folder, 'headgate.toml')
  let changes = 0
  let next: (() => void) | undefined
  let planned: (() => void) | undefined
  const after = (_delay: number, run: () => void) => {
    next = run
    planned?.()
    return () => {
      next = undefined
    }
  }
  const isPlanned = () =>
    new Promise<void>((resolve) => {
      planned = resolve
    })
  const firstLook = isPlanned()
  const stop = watchFile(path, () => changes++, { after })
  t.teardown(stop)
  await firstLook
  const look = async () => {
    const again = isPlanned()
    next?.()
    await again
    // the change is told after the next look is planned
    await Promise.resolve()
    return changes
  }
  return { folder, path, look, stop, isWatching: () => next !== undefined }
}

t.test('a file that stays as it is is no news', async (t) => {
  const { look } = await watched(t)
  t.equal(await look(), 0)
  t.equal(await look(), 0)
})

t.test('written in place: told once, when it has settled', async (t) => {
  const { path, look } = await watched(t)
  writeFileSync(path, 'half')
  t.equal(await look(), 0)
  writeFileSync(path, 'half and the other half')
  t.equal(await look(), 0, 'still being written')
  t.equal(await look(), 1)
  t.equal(await look(), 1)
})

t.test('renamed over, as editors save', async (t) => {
  const { folder, path, look } = await watched(t)
  writeFileSync(join(folder, 'new'), 'two')
  renameSync(join(folder, 'new'), path)
  await look()
  t.equal(await look(), 1)
  writeFileSync(join(folder, 'new'), 'ten')
  renameSync(join(folder, 'new'), path)
  await look()
  t.equal(await look(), 2, 'and it is still watched')
})

t.test('removed and made anew', async (t) => {
  const { path, look } = await watched(t)
  rmSync(path)
  t.equal(await look(), 0, 'gone for a moment only')
  writeFileSync(path, 'two')
  await look()
  t.equal(await look(), 1)
})

t.test('gone for good is a change', async (t) => {
  const { path, look } = await watched(t)
  rmSync(path)
  await look()
  t.equal(await look(), 1)
  t.equal(await look(), 1)
})

t.test('a link that points elsewhere', async (t) => {
  const { folder, path, look } = await watched(t)
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data', 'headgate.toml'), 'two')
  rmSync(path)
  symlinkSync(join(folder, 'data', 'headgate.toml'), path)
  await look()
  t.equal(await look(), 1)
})

t.test('cancelled, it looks no more', async (t) => {
  const { look, stop, isWatching } = await watched(t)
  await look()
  stop()
  t.notOk(isWatching())
})
