/**
 * Things in the order in which they came, each of which may leave at any time. A Set would do, but one that changes all
 * the time copies itself now and then, and its dead copies in old space kept half of all closed sessions alive until
 * the next major collection (a third of the CPU time of short connections went into copying them).
 */
/** The place of who is not in a roll. */
export const GONE = -1

export interface Member {
  /** Where it stands in the roll; GONE while it is not in it. The roll's own. */
  place: number
}

export class Roll<M extends Member> {
  /** Undefined where one has left. */
  private readonly members: (M | undefined)[] = []
  private count = 0

  get size(): number {
    return this.count
  }

  /** Those of members who have left count, too, until others come. */
  get places(): number {
    return this.members.length
  }

  add(member: M): void {
    if (this.members.length > 2 * this.count + 64) this.closeGaps()
    member.place = this.members.length
    this.members.push(member)
    this.count++
  }

  /** Does nothing when it is not in the roll. */
  remove(member: M): void {
    if (this.members[member.place] !== member) return
    this.members[member.place] = undefined
    member.place = GONE
    this.count--
  }

  /** In the order in which they came; members may leave meanwhile, but none may come. */
  each(visit: (member: M) => void): void {
    this.part(0, this.members.length, visit)
  }

  /**
   * As `each`, for so many places from a place on. Returns the place to go on from, 0 after the last. Who comes or leaves
   * between two parts moves others: they may be left out of this round, never of all.
   */
  part(from: number, places: number, visit: (member: M) => void): number {
    const end = Math.min(from + places, this.members.length)
    for (let i = from; i < end; i++) {
      const member = this.members[i]
      if (member !== undefined) visit(member)
    }
    return end < this.members.length ? end : 0
  }

  private closeGaps(): void {
    let place = 0
    for (const member of this.members) {
      if (member === undefined) continue
      member.place = place
      this.members[place++] = member
    }
    this.members.length = place
  }
}
