/** Nothing is lost or invented: what the counters of a daemon owe each other when no session is being connected. */
import type { FrontendStatus, StatusDocument } from '../../src/control/runtime-api/status/document.js'

/** Every sum that does not come out, in words; empty when all do. */
export function discrepancies({ frontends, backends }: StatusDocument): string[] {
  const accounts = backends.flatMap(({ name, servers }) => {
    const feeding = frontends.filter(({ backends }) => backends.some(({ backend }) => backend === name))
    // what a frontend gave to each of several backends is not counted there
    if (feeding.some(({ backends }) => backends.length > 1)) return []
    return [
      account(`sessions of backend ${name}`, sum(feeding, sessions), sum(servers, sessions)),
      account(`bytes into backend ${name}`, sum(feeding, bytesIn), sum(servers, bytesIn)),
      account(`bytes out of backend ${name}`, sum(feeding, bytesOut), sum(servers, bytesOut)),
    ]
  })
  const waiting = sum(backends, ({ waiting }) => waiting.now)
  const accepted = waiting === 0 ? frontends.map(acceptedAccount) : [acceptedByAll(frontends, waiting)]
  return [...accepted, ...accounts].filter((text) => text !== undefined)
}

function acceptedAccount(frontend: FrontendStatus): string | undefined {
  return account(`accepted by frontend ${frontend.name}`, frontend.accepted, ended(frontend))
}

/** Who waits is counted by backend. */
function acceptedByAll(frontends: readonly FrontendStatus[], waiting: number): string | undefined {
  return account(
    'accepted',
    sum(frontends, ({ accepted }) => accepted),
    sum(frontends, ended) + waiting,
  )
}

/** How waiting can have ended. */
function ended(frontend: FrontendStatus): number {
  const { refused, clientGone, cancels } = frontend
  const turnedAway = Object.values(refused).reduce((sum, refusals) => sum + refusals, 0)
  return sessions(frontend) + turnedAway + clientGone + cancels.toAll
}

function account(what: string, left: number, right: number): string | undefined {
  return left === right ? undefined : `${what}: ${left} is not ${right}`
}

interface Counted {
  readonly sessions: { readonly total: number }
  readonly bytes: { readonly in: number; readonly out: number }
}

const sessions = (of: Counted) => of.sessions.total
const bytesIn = (of: Counted) => of.bytes.in
const bytesOut = (of: Counted) => of.bytes.out

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0)
}
