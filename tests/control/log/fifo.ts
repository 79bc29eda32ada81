/** A real pipe whose reading end this process holds and reads only when a test says so. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { temporaryFolder } from '../../support/temporary-folder.js'

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants

export class Fifo {
  private readonly reader: number
  /** For a child's standard output: waits when the pipe is full, as an inherited pipe does. */
  readonly writer: number
  private text = ''

  constructor(t: Test) {
    const folder = temporaryFolder()
    const path = join(folder.path, 'fifo')
    execFileSync('mkfifo', [path])
    this.reader = openSync(path, O_RDONLY | O_NONBLOCK)
    this.writer = openSync(path, O_WRONLY)
    t.teardown(() => {
      this.closeReader()
      closeSync(this.writer)
      folder.remove()
    })
  }

  /** Reads what is in the pipe now. */
  read(): void {
    const bytes = Buffer.alloc(65_536)
    for (;;) {
      const length = readOrNothing(this.reader, bytes)
      if (length === 0) return
      this.text += bytes.toString('utf8', 0, length)
    }
  }

  /** Whole lines read so far. */
  get lines(): string[] {
    return this.text.split('\n').slice(0, -1)
  }

  closeReader = () => {
    this.closeReader = () => {}
    closeSync(this.reader)
  }
}

function readOrNothing(descriptor: number, bytes: Uint8Array): number {
  try {
    return readSync(descriptor, bytes)
  } catch {
    return 0 // EAGAIN: the pipe is empty
  }
}
