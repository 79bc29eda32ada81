/** A server of roles for checks of type `http`, which can keep them waiting: who starts waits for the first answer. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export class RoleCheck {
  private readonly server = createServer(({ url }, response) => {
    response.statusCode = url === '/primary' ? 200 : 503
    if (this.isHeld) this.held.push(response)
    else response.end()
  })
  private readonly held: ServerResponse[] = []
  private isHeld = false

  static async start(): Promise<RoleCheck> {
    const check = new RoleCheck()
    check.server.listen(0, '127.0.0.1')
    await once(check.server, 'listening')
    return check
  }

  /** Of a backend's `check`: each server is asked once. */
  get settings(): string {
    const { port } = this.server.address() as AddressInfo // a listening TCP server's address is never a string
    return `{ type = "http", port = ${port}, interval = "1h", timeout = "8s", roles = { primary = "/primary", replica = "/replica" } }`
  }

  hold(): void {
    this.isHeld = true
  }

  release(): void {
    this.isHeld = false
    for (const response of this.held.splice(0)) response.end()
  }

  async close(): Promise<void> {
    this.server.close()
    this.server.closeAllConnections()
    await once(this.server, 'close')
  }
}
