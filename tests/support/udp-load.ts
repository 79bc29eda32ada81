/** UDP clients that ask without a pause, several at a time, and count what was not answered. */
import { UdpClient } from './udp-client.js'

const PATIENCE_MS = 5_000

export class UdpLoad {
  answered = 0
  /** Not answered in time. */
  lost = 0
  /** Answered by another server than the first time. */
  moved = 0
  private isRunning = true
  private readonly homes = new Map<UdpClient, string>()
  private loops: Promise<void>[] = []

  private constructor(private readonly clients: readonly UdpClient[]) {}

  /** Resolves when every client has been answered once. @param askers how many ask at the same time */
  static async start(port: number, clients: number, askers: number): Promise<UdpLoad> {
    const open = await Promise.all(Array.from({ length: clients }, (_, i) => UdpClient.open(i, port)))
    const load = new UdpLoad(open)
    for (const client of open) await load.ask(client)
    load.loops = Array.from({ length: askers }, (_, i) => load.run(open.filter((_, at) => at % askers === i)))
    return load
  }

  async stop(): Promise<void> {
    this.isRunning = false
    await Promise.all(this.loops)
    for (const client of this.clients) client.close()
  }

  private async run(clients: readonly UdpClient[]): Promise<void> {
    while (this.isRunning) for (const client of clients) await this.ask(client)
  }

  private async ask(client: UdpClient): Promise<void> {
    const server = await client.ask(PATIENCE_MS)
    if (server === undefined) {
      this.lost++
      return
    }
    this.answered++
    const home = this.homes.get(client) ?? server
    this.homes.set(client, home)
    if (home !== server) this.moved++
  }
}
