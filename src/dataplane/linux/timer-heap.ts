/** Timers ordered by when they are due: a binary heap in which each timer knows its place, so that it can be stopped. */

export class Timer {
  /** Place in the heap; -1 while it is not running. */
  place = -1
  dueAt = 0

  constructor(readonly run: () => void) {}
}

export class TimerHeap {
  private readonly heap: Timer[] = []

  /** When the first one is due; Infinity when none runs. */
  get nextAt(): number {
    return this.heap[0]?.dueAt ?? Number.POSITIVE_INFINITY
  }

  start(timer: Timer, dueAt: number): void {
    this.stop(timer)
    timer.dueAt = dueAt
    this.heap.push(timer)
    this.rise(timer, this.heap.length - 1)
  }

  stop(timer: Timer): void {
    const { place } = timer
    if (place < 0) return
    timer.place = -1
    const last = this.heap.pop()
    if (last === undefined || last === timer) return
    this.rise(last, place)
    this.sink(last, last.place)
  }

  /** Runs what was due before `now`; a timer started for this very moment by one of them waits for the next call. */
  runDue(now: number): void {
    for (;;) {
      const first = this.heap[0]
      if (first === undefined || first.dueAt >= now) return
      this.stop(first)
      first.run()
    }
  }

  private rise(timer: Timer, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.heap[above]
      if (parent === undefined || parent.dueAt <= timer.dueAt) break
      this.put(parent, place)
      place = above
    }
    this.put(timer, place)
  }

  private sink(timer: Timer, from: number): void {
    let place = from
    for (;;) {
      const left = this.heap[2 * place + 1]
      const right = this.heap[2 * place + 2]
      const child = right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left
      if (child === undefined || child.dueAt >= timer.dueAt) break
      const below = child.place
      this.put(child, place)
      place = below
    }
    this.put(timer, place)
  }

  private put(timer: Timer, place: number): void {
    this.heap[place] = timer
    timer.place = place
  }
}
