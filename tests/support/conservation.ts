/** Nothing is lost or invented: what the counters of a daemon owe each other when no session is waiting for a server. */
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
  return [...frontends.map(acceptedAccount), ...accounts].filter((text) => text !== undefined)
}

function acceptedAccount(frontend: FrontendStatus): string | undefined {
  const { refused, clientGone, cancels, name, accepted } = frontend
  const turnedAway = refused.frontendLimit + refused.globalLimit + refused.noServer + refused.connect
  return account(`accepted by frontend ${name}`, accepted, sessions(frontend) + turnedAway + clientGone + cancels.toAll)
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

function sum(list: readonly Counted[], of: (one: Counted) => number): number {
  return list.reduce((total, one) => total + of(one), 0)
}
