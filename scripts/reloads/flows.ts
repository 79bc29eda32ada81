/** UDP clients that remember which server answered them first: a flow that lives on is answered by no other. */
import { UdpClient } from '../../tests/support/udp-client.js'

const TRIES = 3
const ANSWER_WITHIN_MS = 1_000

export class Flows {
  private readonly first = new Map<UdpClient, string | undefined>()
  /** Datagrams that were not answered in time. */
  unanswered = 0

  private constructor(private readonly clients: readonly UdpClient[]) {}

  static async open(port: number, count: number): Promise<Flows> {
    const flows = new Flows(await Promise.all(Array.from({ length: count }, (_, i) => UdpClient.open(i, port))))
    await Promise.all(flows.clients.map(async (client) => flows.first.set(client, await flows.ask(client))))
    return flows
  }

  get servers(): readonly string[] {
    return [...new Set(this.first.values())].map(String).sort()
  }

  /** Asks every client's server. @returns flows that were answered by another one, or not at all */
  async lost(): Promise<number> {
    const answers = await Promise.all(this.clients.map((client) => this.ask(client)))
    return this.clients.filter((client, i) => answers[i] === undefined || answers[i] !== this.first.get(client)).length
  }

  private async ask(client: UdpClient): Promise<string | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const server = await client.ask(ANSWER_WITHIN_MS)
      if (server !== undefined) return server
      this.unanswered++
    }
    return undefined
  }

  close(): void {
    for (const client of this.clients) client.close()
  }
}
