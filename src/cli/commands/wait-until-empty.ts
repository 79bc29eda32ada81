/** Waits for a drained server's last session, and shows how many are left. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerStatus } from '../../control/runtime-api/status/document.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { Failure } from '../failure.js'
import { count } from '../format/count.js'
import { formatElapsed } from '../format/time.js'
import type { Invocation } from '../invocation.js'
import { liveInOlder } from './older-generations.js'
import { wordOf } from './server-word.js'

const POLL_MS = 100
/** Between two lines of progress where no terminal can rewrite one. */
const QUIET_MS = 5_000
const BAR_WIDTH = 20

export interface Drained {
  /** Sessions in all generations together. */
  readonly left: number
  readonly waitedMs: number
}

/**
 * @param timeoutMs undefined waits for as long as it takes
 * @param audience undefined shows nothing
 */
export async function waitUntilEmpty(
  server: string,
  timeoutMs: number | undefined,
  daemon: DaemonClient,
  audience: Invocation | undefined,
): Promise<Drained> {
  const began = performance.now()
  const progress = audience && new Progress(server, timeoutMs, audience)
  try {
    for (;;) {
      const { sessions, admin } = await daemon.ask<ServerStatus>(`show server ${wordOf(server)}`)
      const left = sessions.live + (await liveInOlder(server, daemon))
      const waitedMs = Math.round(performance.now() - began)
      if (left === 0 || waitedMs >= (timeoutMs ?? Number.POSITIVE_INFINITY)) return { left, waitedMs }
      if (admin === 'ready') throw new Failure(`${server} was set to ready meanwhile: it takes sessions again`)
      progress?.show(left, waitedMs)
      await delay(Math.min(POLL_MS, Math.max(1, (timeoutMs ?? POLL_MS) - waitedMs)))
    }
  } finally {
    progress?.end()
  }
}

/** One line that is rewritten on a terminal; elsewhere a line now and then. */
class Progress {
  private shownAt = Number.NEGATIVE_INFINITY
  /** The most sessions that were seen. */
  private most = 0

  constructor(
    private readonly server: string,
    private readonly timeoutMs: number | undefined,
    private readonly invocation: Invocation,
  ) {}

  show(left: number, waitedMs: number): void {
    this.most = Math.max(this.most, left)
    const text = `${this.server}: ${count(left, 'session')} left, ${this.time(waitedMs)}`
    if (this.invocation.io.stdout.isTTY) this.invocation.print(`\r${this.fitted(this.bar(left), text)}\x1b[K`)
    else if (waitedMs - this.shownAt >= QUIET_MS) this.print(text, waitedMs)
  }

  end(): void {
    if (this.invocation.io.stdout.isTTY) this.invocation.print('\r\x1b[K')
  }

  private time(waitedMs: number): string {
    const waited = formatElapsed(waitedMs)
    return this.timeoutMs === undefined ? waited : `${waited} of ${formatElapsed(this.timeoutMs)}`
  }

  private bar(left: number): string {
    const done = Math.round((BAR_WIDTH * (this.most - left)) / this.most)
    return `[${'#'.repeat(done)}${'.'.repeat(BAR_WIDTH - done)}] `
  }

  /** A line that is too long would be rewritten one line further down. */
  private fitted(bar: string, text: string): string {
    const width = (this.invocation.style.width ?? 80) - 1
    return bar.length + text.length <= width ? bar + text : text.slice(0, width)
  }

  private print(text: string, waitedMs: number): void {
    this.invocation.print(`${text}\n`)
    this.shownAt = waitedMs
  }
}
