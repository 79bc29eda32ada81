/** Readers that keep their connection, as pools do, and who has them. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Daemon } from './daemon.js'

/** Sessions alive on each server, over all backends. */
export async function liveByServer(daemon: Daemon): Promise<number[]> {
  const { backends } = await daemon.status()
  return backends.flatMap(({ servers }) => servers.map(({ sessions }) => sessions.live))
}

/** A connection that is opened again as soon as it ends. */
export class PostgresReader {
  private client: pg.Client | undefined
  private isWanted = true

  async connect(port: number): Promise<void> {
    while (this.isWanted) {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
      client.on('error', () => {})
      try {
        await client.connect()
      } catch {
        await sleep(20)
        continue
      }
      this.client = client
      client.once('end', () => void this.connect(port))
      return
    }
  }

  async end(): Promise<void> {
    this.isWanted = false
    await this.client?.end()
  }
}
