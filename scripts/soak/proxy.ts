/** headgate as the soak runs it: linux engine, two workers, everything on that a user would have on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Daemon } from '../../tests/support/daemon.js'
import { childrenOf, type Holdings, holdings } from '../../tests/support/processes.js'
import type { Journal } from './journal.js'

const WORKERS = 2

export interface Ports {
  readonly tcp: readonly number[]
  readonly udp: readonly number[]
}

/** Every session leaves a line, so that lines can be held against counters. */
const sections = ({ tcp, udp }: Ports) => `
[frontends.mixed]
listen = "tcp://127.0.0.1:0"
backend = "mixed"
client_idle = "5m"
log_empty = true

[backends.mixed]
policy = "least-conn"
check = { type = "tcp", interval = "1s", fall = 30 }
server_idle = "5m"
${servers(tcp)}

[frontends.flows]
listen = "udp://127.0.0.1:0"
backend = "flows"

[backends.flows]
policy = "maglev"
check = { type = "udp", interval = "1s", fall = 30, send = "ping", expect = "ping" }
udp = { idle = "2s" }
${servers(udp)}
`

function servers(ports: readonly number[]): string {
  return `servers = [${ports.map((port, i) => `{ name = "s${i + 1}", address = "127.0.0.1:${port}" }`).join(', ')}]`
}

export function startProxy(ports: Ports, { keep }: Journal): Promise<Daemon> {
  const runtime = `engine = "linux"\nworkers = ${WORKERS}\nmetrics = "127.0.0.1:0"\nstop_timeout = "2s"`
  return Daemon.start(sections(ports), { runtime, keep })
}

/** What control and the workers that run at present hold. */
export interface Watched {
  readonly control: Holdings
  readonly workers: readonly Holdings[]
}

export function watch(daemon: Daemon): Watched {
  const control = holdings(daemon.program.pid)
  if (control === undefined) throw new Error(`headgate has ended:\n${daemon.program.tail()}`)
  const workers = childrenOf(control.pid).map(holdings)
  return { control, workers: workers.filter((one) => one !== undefined) }
}

const LOOKS = 10
const BETWEEN_LOOKS_MS = 50

/** At rest: of some looks the one with the fewest descriptors, since a probe has one of its own for a moment. */
export async function watchAtRest(daemon: Daemon): Promise<Watched> {
  let least = watch(daemon)
  for (let look = 1; look < LOOKS; look++) {
    await sleep(BETWEEN_LOOKS_MS)
    const next = watch(daemon)
    if (descriptorsIn(next) < descriptorsIn(least)) least = next
  }
  return least
}

function descriptorsIn({ control, workers }: Watched): number {
  const counts = [control, ...workers].map(({ descriptors: { sockets, pipes, others } }) => sockets + pipes + others)
  return counts.reduce((sum, count) => sum + count, 0)
}
