/** What one process of the soak has seen, told on its standard output once a second. */
export interface Tally {
  sessions: number
  requests: number
  /** Bytes that came and were what they should be. */
  bytes: number
  datagrams: number
  /** Datagrams without an answer in time: UDP may lose them. */
  lost: number
  /** Bytes that were not what was sent. */
  mismatches: number
  /** Transfers that were cut and then ended in order, as if they were complete. */
  falseEnds: number
  /** Sessions that ended or were refused though neither side wished it. */
  cut: number
  /** What was wrong, the first of each kind. */
  complaints: string[]
}

export type Fault = 'mismatches' | 'falseEnds' | 'cut'

export function newTally(): Tally {
  return {
    sessions: 0,
    requests: 0,
    bytes: 0,
    datagrams: 0,
    lost: 0,
    mismatches: 0,
    falseEnds: 0,
    cut: 0,
    complaints: [],
  }
}

const MOST_COMPLAINTS = 5
const TELL_EVERY_MS = 1_000

export function complain(tally: Tally, kind: Fault, what: string): void {
  tally[kind]++
  const complaint = `${kind}: ${what}`
  if (tally.complaints.length < MOST_COMPLAINTS && !tally.complaints.includes(complaint))
    tally.complaints.push(complaint)
}

export function add(one: Tally, other: Tally): Tally {
  return {
    sessions: one.sessions + other.sessions,
    requests: one.requests + other.requests,
    bytes: one.bytes + other.bytes,
    datagrams: one.datagrams + other.datagrams,
    lost: one.lost + other.lost,
    mismatches: one.mismatches + other.mismatches,
    falseEnds: one.falseEnds + other.falseEnds,
    cut: one.cut + other.cut,
    complaints: [...new Set([...one.complaints, ...other.complaints])],
  }
}

/** Tells the tally every second, and once more when the process is asked to end and `finish` is done. */
export function tellUntilEnd(tally: Tally, finish: () => Promise<void>): void {
  const tell = () => console.log(JSON.stringify(tally))
  setInterval(tell, TELL_EVERY_MS)
  process.once('SIGTERM', async () => {
    await finish()
    tell()
    process.exit(0)
  })
}

/** A process of the soak ends with whoever started it, even when that was killed. */
export function endWithParent(): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1)
  }, TELL_EVERY_MS)
}
