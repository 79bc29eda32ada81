/** Folders that go when the test, the demo or the benchmark goes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder {
  readonly path: string
  remove(): void
}

const existing = new Set<TemporaryFolder>()
process.once('exit', () => {
  for (const folder of existing) folder.remove()
})

/** Short names: the path of a unix socket in it may have 107 bytes at most (unix(7)). */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'headgate-'))
  const folder = {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true })
      existing.delete(folder)
    },
  }
  existing.add(folder)
  return folder
}
