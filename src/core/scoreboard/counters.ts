/**
 * The closed lists of what a worker counts. Every counter only ever grows; what is alive now is not a counter.
 * A counter's position in its list is its cell in the scoreboard, so a new one goes to the end.
 */

/** Per server. Milliseconds are sums over sessions, so that an average is a sum divided by `sessions`. */
export const SERVER_COUNTERS = [
  'picks', // a policy chose this server, whether or not the connect then succeeded
  'sessions', // TCP: connected; UDP: flow opened
  'bytesIn', // from clients
  'bytesOut', // to clients
  'datagramsIn',
  'datagramsOut',
  'connectRefused',
  'connectTimeouts',
  'connectUnreachable',
  'connectErrors', // any other failure to connect
  'redispatches', // a session left for another server after a failed connect here
  'udpRefusals', // ECONNREFUSED on a flow's socket (ICMP port unreachable)
  'clientAborts', // reset by the client
  'serverAborts', // reset by the server
  'kills', // ended by an operator or a rule
  'connectMs',
  'sessionMs',
  'serverCloses', // ended in order, and by the server first
] as const
export type ServerCounter = (typeof SERVER_COUNTERS)[number]

/** Per backend. */
export const BACKEND_COUNTERS = [
  'waited', // sessions that had to wait before they got a server here
  'waitMs', // sum over these
] as const
export type BackendCounter = (typeof BACKEND_COUNTERS)[number]

/** Per frontend. accepted = sessions + refused… + clientGone + cancelsToAll + those still waiting for a server. */
export const FRONTEND_COUNTERS = [
  'accepted', // TCP: connections taken; UDP: first datagrams of an unknown flow
  'sessions', // got a server
  'bytesIn',
  'bytesOut',
  'datagramsIn', // received from clients, forwarded or not
  'datagramsOut',
  'refusedFrontendLimit',
  'refusedGlobalLimit',
  'refusedNoServer', // no eligible server
  'refusedConnect', // every try to connect failed
  'clientGone', // the client left before a server was connected
  'empty', // sessions that carried no byte in either direction
  'acceptErrors',
  'datagramsDropped', // not passed on: limit, no server, or the socket towards the server or the client would not take it
  'kernelDrops', // datagrams the kernel threw away before we read them (SO_RXQ_OVFL)
  'diverted', // a session went on to another backend of the split: the one before had no server for it
  'refusedQueueFull', // max_waiting sessions waited for a server already
  'refusedWaitTimeout', // waited for a server, and none came in time
  'cancelsToOwner', // sessions that were CancelRequests and went to the server of their session
  'cancelsToAll', // CancelRequests of unknown sessions, sent to all servers; no sessions themselves
  'cancelsCopied', // sessions that showed only on their server that they were CancelRequests, and were sent on from there
  'silentClients', // said too little for too long to be known before the choice of a server
] as const
export type FrontendCounter = (typeof FRONTEND_COUNTERS)[number]

/** Per worker. */
export const WORKER_COUNTERS = [
  'recordsDropped', // close records that found the channel full
  'descriptorsExhausted', // EMFILE or ENFILE on accept or connect
  'loops',
] as const
export type WorkerCounter = (typeof WORKER_COUNTERS)[number]

type Cells<Name extends string> = { readonly [name in Name]: number }
function cells<Name extends string>(names: readonly Name[]): Cells<Name> {
  // fromEntries forgets the key type; the list itself is the proof that every name is present
  return Object.freeze(Object.fromEntries(names.map((name, i) => [name, i]))) as Cells<Name>
}

/** Each counter's cell within its row. */
export const SERVER_CELL = cells(SERVER_COUNTERS)
export const BACKEND_CELL = cells(BACKEND_COUNTERS)
export const FRONTEND_CELL = cells(FRONTEND_COUNTERS)
export const WORKER_CELL = cells(WORKER_COUNTERS)
