/**
 * Rows of one table of the scoreboard: the lowest free one is given out first. A retired row is given out again only when
 * it is quiet: no worker can write to it any more, and what it counted can be cleared.
 */
export class Rows {
  private readonly taken = new Set<number>()
  private readonly retired = new Map<number, () => boolean>()

  /**
   * @param capacity rows of the table
   * @param clear makes a row that was used before as good as new
   */
  constructor(
    readonly capacity: number,
    private readonly clear: (row: number) => void,
  ) {}

  /** Undefined when every row is taken, or retired and not quiet yet. */
  take(): number | undefined {
    this.freeQuiet()
    for (let row = 0; row < this.capacity; row++) {
      if (this.taken.has(row)) continue
      this.taken.add(row)
      return row
    }
    return undefined
  }

  /** This very row is in use. */
  claim(row: number): void {
    this.taken.add(row)
  }

  /** A row that no worker has ever been told of. */
  giveBack(row: number): void {
    this.taken.delete(row)
  }

  /** Every worker acknowledged that the row is gone; sessions may still count in it until `isQuiet`. */
  retire(row: number, isQuiet: () => boolean): void {
    this.retired.set(row, isQuiet)
  }

  private freeQuiet(): void {
    for (const [row, isQuiet] of this.retired) {
      if (!isQuiet()) continue
      this.clear(row)
      this.retired.delete(row)
      this.taken.delete(row)
    }
  }
}
