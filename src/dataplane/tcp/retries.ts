/** Which server comes next for a session that could not reach the one before. */
import type { Routes } from '../routes.js'
import type { Picked, WorkerBackend } from '../worker-backend.js'

export class Retries {
  /** Servers that could not be reached. */
  count = 0
  /** Rows of those of the present backend. */
  private tried: number[] = []
  /** Backends given up, where the frontend feeds several. */
  private passed: readonly WorkerBackend[] = []

  /**
   * Another server of the same backend, or of another one when it has no more to offer.
   * @param wordsFor the client's, for a backend whose policy looks at them
   */
  next(routes: Routes, { backend, slot }: Picked, wordsFor: (keyed: boolean) => Int32Array): Picked | undefined {
    this.tried.push(slot)
    const { present } = backend
    const words = wordsFor(present.keyed)
    const next =
      this.tried.length <= present.shape.retries ? present.pick(words, 0, routes.lanes, this.tried) : undefined
    if (next) return next
    this.tried = []
    this.passed = [...this.passed, backend]
    return routes.pickElsewhere(this.passed, words, 0)
  }

  /** It has waited: backends that were given up may have a server again. */
  beginAnew(): void {
    this.passed = []
  }
}
