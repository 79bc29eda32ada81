/** The configs that follow one another: each adds, removes or changes a server, a weight, a frontend or a policy. */

/** Where everything is, on 127.0.0.1. */
export interface Places {
  /** HTTP servers; the last one comes and goes. */
  readonly http: readonly number[]
  /** UDP servers; the last one comes and goes. */
  readonly udp: readonly number[]
  /** A free port, for a frontend that comes and goes. */
  readonly extra: number
}

export interface Shape {
  /** Servers of each backend. */
  readonly servers: 'all' | 'fewer'
  readonly weight: number
  readonly tcpPolicy: string
  readonly udpPolicy: string
  /** Name of the frontend that comes and goes. */
  readonly extra: string | undefined
  /** Seconds. */
  readonly times: number
}

export const FIRST: Shape = {
  servers: 'fewer',
  weight: 100,
  tcpPolicy: 'round-robin',
  udpPolicy: 'maglev',
  extra: undefined,
  times: 30,
}

interface Edit {
  readonly words: string
  readonly change: (shape: Shape, turn: number) => Partial<Shape>
}

const TCP_POLICIES = ['round-robin', 'least-conn', 'random', 'source', 'maglev', 'first']
const UDP_POLICIES = ['maglev', 'round-robin', 'source']
const turned = (list: readonly string[], turn: number) => list[turn % list.length] ?? ''

/** In this order, again and again. */
export const EDITS: readonly Edit[] = [
  { words: 'servers added', change: () => ({ servers: 'all' }) },
  { words: 'weights changed', change: (_, turn) => ({ weight: 50 + (turn % 200) }) },
  { words: 'a frontend added', change: () => ({ extra: 'extra' }) },
  { words: 'policies changed', change: (_, turn) => policies(turn) },
  { words: 'a frontend renamed', change: () => ({ extra: 'renamed' }) },
  { words: 'servers removed', change: () => ({ servers: 'fewer' }) },
  { words: 'a frontend removed', change: () => ({ extra: undefined }) },
  { words: 'checks, limits and options changed', change: (_, turn) => ({ times: 20 + (turn % 10) }) },
]

/** Both others than before. */
function policies(turn: number): Partial<Shape> {
  const round = Math.floor(turn / EDITS.length) + 1
  return { tcpPolicy: turned(TCP_POLICIES, round), udpPolicy: turned(UDP_POLICIES, round) }
}

/** @param turn from 0 on */
export function editAt(turn: number): Edit {
  const edit = EDITS[turn % EDITS.length]
  if (!edit) throw new Error('no edits')
  return edit
}

export function sections({ http, udp, extra: port }: Places, shape: Shape): string {
  const { servers, weight, tcpPolicy, udpPolicy, extra, times } = shape
  const some = (ports: readonly number[]) => (servers === 'all' ? ports : ports.slice(0, -1))
  const list = (ports: readonly number[]) =>
    some(ports).map((at, i) => `{ name = "s${i + 1}", address = "127.0.0.1:${at}", weight = ${weight + i} }`)
  return `
[frontends.web]
listen = "tcp://127.0.0.1:0"
backend = "web"
client_idle = "${times}m"
tcp = { keepalive = { idle = "${times}s" }, backlog = ${1000 + times} }
${extra === undefined ? '' : `[frontends.${extra}]\nlisten = "tcp://127.0.0.1:${port}"\nbackend = "web"\n`}
[frontends.game]
listen = "udp://127.0.0.1:0"
backend = "match"

[backends.web]
policy = "${tcpPolicy}"
check = { type = "tcp", interval = "${times}00ms", fall = 10 }
server_idle = "${times}m"
servers = [${list(http).join(', ')}]

[backends.match]
policy = "${udpPolicy}"
check = { type = "udp", interval = "${times}00ms", fall = 10, send = "probe", expect = "probe" }
udp = { idle = "${5_000 + times}ms" }
servers = [${list(udp).join(', ')}]
`
}
