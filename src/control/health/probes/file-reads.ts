/**
 * Files for probes, from file systems that may hang: such a read never ends, and holds one of the four threads that the
 * whole process has for files and names. So no file is read twice at the same time, few are at once, and who waits for
 * one gives up.
 */
import { formatDuration } from '../../../core/duration.js'
import type { Attempt } from './probe.js'

/** Why a file is of no use, in words that go on after its path: `cannot be read: no such file`. */
export class Unusable extends Error {}

export type ReadFile = (path: string, longest: number) => Promise<Buffer>

type Waiter = (outcome: Promise<Buffer>) => void

const MOST = 2
/** Of the time of an attempt. What is left is the server's: who runs out of time over a file must not blame the server. */
const SHARE = 0.5

export class FileReads {
  /** Whoever gave up is none any more: a read that hangs for days keeps nothing of them. */
  private readonly waiting = new Map<string, Set<Waiter>>()
  private readonly queue: (() => void)[] = []
  private running = 0

  constructor(private readonly readFile: ReadFile) {}

  /** Rejects with `Unusable` when the attempt is over or half of its time is, and as `readFile` does. */
  read(path: string, longest: number, { timeoutMs, signal }: Pick<Attempt<unknown>, 'timeoutMs' | 'signal'>) {
    const patienceMs = Math.ceil(timeoutMs * SHARE)
    return new Promise<Buffer>((resolve, reject) => {
      const waiters = this.waitersFor(path, longest)
      const end = () => {
        waiters.delete(take)
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
      }
      const giveUp = () => {
        end()
        reject(new Unusable(`cannot be read within ${formatDuration(patienceMs)}: does its file system hang?`))
      }
      const take: Waiter = (outcome) => {
        end()
        resolve(outcome)
      }
      const timer = setTimeout(giveUp, patienceMs)
      if (signal.aborted) return giveUp()
      signal.addEventListener('abort', giveUp)
      waiters.add(take)
    })
  }

  private waitersFor(path: string, longest: number): Set<Waiter> {
    const key = `${longest} ${path}`
    const known = this.waiting.get(key)
    if (known) return known
    const waiters = new Set<Waiter>()
    this.waiting.set(key, waiters)
    const begin = () => void this.run(key, path, longest, waiters)
    if (this.running < MOST) begin()
    else this.queue.push(begin)
    return waiters
  }

  private async run(key: string, path: string, longest: number, waiters: Set<Waiter>): Promise<void> {
    this.running++
    const outcome = this.readFile(path, longest)
    // whoever waits hears of it, if anybody does
    await outcome.catch(() => {})
    this.running--
    this.waiting.delete(key)
    for (const take of [...waiters]) take(outcome)
    this.queue.shift()?.()
  }
}
