/**
 * How many sessions each server has beyond its share, among those that take sessions of one kind. Pure: numbers in, numbers
 * out. Sessions that were closed come back through the policy, wherever it sends them: a plan says only who has too many.
 */

export interface Seat {
  /** Sessions of the kind that it has. */
  readonly live: number
  /** What the policy goes by; 0 of a server that should have none of these sessions any more. */
  readonly weight: number
  /** The most of these sessions that it may have: its limit, less the other sessions there. */
  readonly room: number
}

/** Rounding alone makes such a difference, and no client should be disturbed for it. */
const TOLERANCE = 1
/** What floating point numbers may be off. */
const EPSILON = 1e-9

/**
 * Sessions too many, by position; all 0 where everybody is within one session of its share.
 * @param expected sessions when those that were closed are back: they are still reckoned with, lest a pool that comes
 * back only when it is needed is closed step by step. Never fewer than are live.
 */
export function surplus(seats: readonly Seat[], expected: number): number[] {
  const shares = sharesOf(seats, expected)
  const isFar = ({ live, weight }: Seat, share: number) =>
    weight > 0 ? Math.abs(live - share) > TOLERANCE + EPSILON : live > share
  if (!seats.some((seat, position) => isFar(seat, shares[position] ?? 0))) return seats.map(() => 0)
  const goals = wholeShares(seats, shares)
  const excess = seats.map(({ live }, position) => Math.max(0, live - (goals[position] ?? 0)))
  const missing = expected - sum(seats.map(({ live }) => live))
  const wanted = sum(seats.map(({ live }, position) => Math.max(0, (goals[position] ?? 0) - live)))
  return atMost(excess, Math.max(0, wanted - missing))
}

/** Shares by weight; what a full server cannot take goes to the others, and what none can take to nobody. */
export function sharesOf(seats: readonly Seat[], total: number): number[] {
  const shares = seats.map(() => 0)
  let open = seats.flatMap(({ weight }, position) => (weight > 0 ? [position] : []))
  let rest = total
  while (open.length > 0 && rest > 0) {
    const perWeight = rest / sum(open.map((position) => seats[position]?.weight ?? 0))
    const fair = (position: number) => perWeight * (seats[position]?.weight ?? 0)
    const full = open.filter((position) => fair(position) > roomOf(seats, position))
    for (const position of full.length > 0 ? full : open) {
      shares[position] = Math.min(fair(position), roomOf(seats, position))
    }
    if (full.length === 0) break
    open = open.filter((position) => !full.includes(position))
    rest = total - sum(shares)
  }
  return shares
}

function roomOf(seats: readonly Seat[], position: number): number {
  return Math.max(0, seats[position]?.room ?? 0)
}

/** Whole numbers with the same sum. Whoever has the sessions already gets the remainders: that moves the fewest. */
function wholeShares(seats: readonly Seat[], shares: readonly number[]): number[] {
  const whole = shares.map((share) => Math.floor(share + EPSILON))
  const left = Math.round(sum(shares)) - sum(whole)
  const has = (position: number) => ((seats[position]?.live ?? 0) > (whole[position] ?? 0) ? 1 : 0)
  const fraction = (position: number) => (shares[position] ?? 0) - (whole[position] ?? 0)
  const order = shares
    .flatMap((_, position) => (fraction(position) > EPSILON ? [position] : []))
    .sort((a, b) => has(b) - has(a) || fraction(b) - fraction(a))
  for (const position of order.slice(0, left)) whole[position] = (whole[position] ?? 0) + 1
  return whole
}

/** From the first on, no more than so many together: more would find no room elsewhere. */
function atMost(excess: readonly number[], most: number): number[] {
  let left = most
  return excess.map((amount) => {
    const taken = Math.min(amount, left)
    left -= taken
    return taken
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
