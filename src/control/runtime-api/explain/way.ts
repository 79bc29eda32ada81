/** Where a backend's policy sends a client: the policy itself is asked, over the same scoreboard as in the workers. */
import { BackendCandidates } from '../../../core/candidates.js'
import { CLIENT_WORDS, clientKey, writeClientWords } from '../../../core/client-key.js'
import { type AskedRole, LANE_BIT, LANES_OF, type Lane } from '../../../core/lane.js'
import { DryCandidates, nextShares } from '../../../core/policy/dry-run.js'
import { NONE } from '../../../core/policy/policy.js'
import { isEligible } from '../../../core/server-state.js'
import { obstacles, pauseWords } from '../../health/explain.js'
import type { Backend } from '../../registry/backend.js'
import type { ClientAddress } from './client-address.js'
import type { Way } from './document.js'

/** Looks at servers for one estimate: some milliseconds, however many servers there are. */
const MOST_LOOKS = 400_000
const MOST_DRAWS = 4_000
/** Within the error of so many draws of a policy that draws lots. */
const LEAST_DRAWS = 400

/**
 * @param role of the servers that the frontend asks for
 * @param share of the frontend's sessions that go to this backend, 0 to 1
 * @param now Unix time, ms
 */
export function wayThrough(backend: Backend, role: AskedRole, share: number, client: ClientAddress, now: number): Way {
  const { policy, key } = backend.settings
  const candidates = new BackendCandidates(backend.board, backend.id, backend.servers, laneOf(backend, role))
  const shares = nextShares(policy, candidates, drawsFor(candidates.size))
  return {
    backend: backend.name,
    share,
    paused: pauseWords(backend, now) ?? null,
    waitMs: backend.settings.waiting.noServerMs,
    policy: policy.name,
    rule: policy.summary,
    key: policy.keyed ? key : null,
    ...(policy.keyed ? ofClient(backend, candidates, client) : ofTurn(backend, shares)),
    servers: backend.servers.map((server, position) => ({
      path: server.path,
      share: shares[position] ?? 0,
      weight: server.weight,
      live: server.live,
      obstacles: obstacles(server, now, role),
    })),
  }
}

/** The first that has a server for a session, as in the workers. */
function laneOf({ board, servers }: Backend, role: AskedRole): Lane {
  const [first = 'any', ...others] = LANES_OF[role]
  const canTake = (lane: Lane) => servers.some(({ slot }) => isEligible(board, slot, LANE_BIT[lane]))
  return [first, ...others].find(canTake) ?? first
}

function drawsFor(servers: number): number {
  return Math.max(LEAST_DRAWS, Math.min(MOST_DRAWS, Math.floor(MOST_LOOKS / Math.max(1, servers))))
}

/** The policy looks at the client: what it chooses is sure until a server's state or weight changes. */
function ofClient(backend: Backend, candidates: BackendCandidates, client: ClientAddress) {
  const { policy } = backend.settings
  const key = keyOf(backend, client)
  const choose = (asIf: 'now' | 'all-up', tried: readonly number[]) =>
    policy.create(new DryCandidates(candidates, asIf), () => 0).choose(key, tried)
  const server = choose('now', [])
  const own = choose('all-up', [])
  return {
    server: pathOf(backend, server),
    own: own === server ? null : pathOf(backend, own),
    next: server === NONE ? null : pathOf(backend, choose('now', [server])),
  }
}

/** The policy does not look at the client: it is sure only where all draws agree. */
function ofTurn(backend: Backend, shares: readonly number[]) {
  return { server: pathOf(backend, shares.indexOf(1)), own: null, next: null }
}

/** As the workers make it. */
function keyOf(backend: Backend, { address }: ClientAddress): number {
  const words = new Int32Array(CLIENT_WORDS)
  writeClientWords(address, words, 0)
  return clientKey(words, 0, backend.settings.key === 'address:port')
}

function pathOf(backend: Backend, position: number): string | null {
  return backend.servers[position]?.path ?? null
}
