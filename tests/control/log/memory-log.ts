/** A log into a temporary file, and its lines as programs read them. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createLog, type LogOptions } from '../../../src/control/log/create.js'
import type { Log } from '../../../src/control/log/log.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

export interface MemoryLog {
  readonly log: Log
  /** What was written since the last call. */
  text(): string
  /** The same, parsed. */
  lines(): Record<string, unknown>[]
}

export function memoryLog(t: Test, options: Partial<LogOptions> = {}): MemoryLog {
  const folder = temporaryFolder()
  const path = join(folder.path, 'log')
  const descriptor = openSync(path, 'w')
  const log = createLog({ level: 'debug', format: 'json', ...options, descriptor })
  t.teardown(() => {
    log.close()
    closeSync(descriptor)
    folder.remove()
  })
  let seen = 0
  const text = () => {
    log.close()
    const all = readFileSync(path, 'utf8')
    const fresh = all.slice(seen)
    seen = all.length
    return fresh
  }
  const lines = () =>
    text()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  return { log, text, lines }
}
