/** The daemon's log of a soak: millions of session lines are counted by how they ended, the others are kept. */

const SESSION = /"event":"session".*?"reason":"([^"]+)"/

export class Journal {
  readonly sessions = new Map<string, number>()
  private readonly events = new Map<string, number>()
  /** Session lines that the daemon says it could not write. */
  droppedLines = 0

  /** For Program: whether the line is worth keeping. */
  readonly keep = (line: string): boolean => {
    const reason = SESSION.exec(line)?.[1]
    if (reason === undefined) {
      this.note(line)
      return true
    }
    this.sessions.set(reason, (this.sessions.get(reason) ?? 0) + 1)
    return false
  }

  private note(line: string): void {
    const event = /"event":"([^"]+)"/.exec(line)?.[1] ?? 'not JSON'
    this.events.set(event, (this.events.get(event) ?? 0) + 1)
    if (event === 'records-dropped' || event === 'log-dropped') {
      this.droppedLines += Number(/"count":(\d+)/.exec(line)?.[1] ?? 0)
    }
  }

  count(event: string): number {
    return this.events.get(event) ?? 0
  }

  /** Session lines written. */
  get total(): number {
    return [...this.sessions.values()].reduce((sum, count) => sum + count, 0)
  }
}
