/**
 * One process full of clients: every kind of TCP session and UDP flows, each starting again as soon as it is over, until
 * SIGTERM. Then each session comes to its own end. usage: main.ts TCP-PORT UDP-PORT
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { complain, endWithParent, newTally, tellUntilEnd } from '../tally.js'
import { Failure } from './conversation.js'
import { flow } from './flows.js'
import { KINDS } from './kinds.js'

const FLOWS = 24
/** After a session that failed: a proxy that is away must not make this process spin. */
const PAUSE_MS = 100

const [, , tcpPort, udpPort] = process.argv
const tally = newTally()
const end = new AbortController()
const around = { port: Number(tcpPort), tally, stopped: end.signal }

async function again(name: string, session: () => Promise<void>): Promise<void> {
  while (!end.signal.aborted) {
    try {
      await session()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      complain(tally, error instanceof Failure ? error.fault : 'cut', `${name}: ${why}`)
      await sleep(PAUSE_MS)
    }
  }
}

let flows = (process.pid % 1_000) * 1_000_000
const clients = [
  ...Object.entries(KINDS).flatMap(([name, { clients, session }]) =>
    Array.from({ length: clients }, () => again(name, () => session(around))),
  ),
  ...Array.from({ length: FLOWS }, () => again('UDP flow', () => flow(Number(udpPort), flows++, tally, end.signal))),
]
endWithParent()
tellUntilEnd(tally, async () => {
  end.abort()
  await Promise.all(clients)
})
