/** Folders that go when the test, the demo or the benchmark goes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const existing = new Set<TemporaryFolder>()
process.once('exit', () => {
  for (const folder of existing) folder.remove()
})

export class TemporaryFolder {
  /** Short: the path of a unix socket in it may have 107 bytes at most (unix(7)). */
  readonly path = mkdtempSync(join(tmpdir(), 'headgate-'))

  constructor() {
    existing.add(this)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
    existing.delete(this)
  }
}
