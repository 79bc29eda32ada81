/**
 * Lets one waiter go in each turn of the event loop, the longest-waiting first. The further commands of everybody's lists
 * wait here, so that all lists together cost a client that asks one thing no more than a command in each turn.
 */
export class Turns {
  private readonly waiting: (() => void)[] = []

  take(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve)
      if (this.waiting.length === 1) setImmediate(this.next)
    })
  }

  private readonly next = (): void => {
    this.waiting.shift()?.()
    if (this.waiting.length > 0) setImmediate(this.next)
  }
}
