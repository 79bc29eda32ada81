/** TCP load that notices every refused or reset connection: new ones one after the other, and some that are kept. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const MESSAGE = 'headgate hands over '.repeat(10)
const PATIENCE_MS = 10_000

export class TcpLoad {
  /** Connections that were made, used and closed in order. */
  connections = 0
  /** Messages that came back over connections that are kept. */
  messages = 0
  /** errno names and the like, in order of arrival. */
  readonly failures: string[] = []
  private isRunning = true
  private readonly loops: Promise<void>[]

  /** @param fresh clients that connect anew for each message; @param kept clients that keep theirs */
  constructor(port: number, fresh: number, kept: number) {
    this.loops = [
      ...Array.from({ length: fresh }, () => this.connectAnew(port)),
      ...Array.from({ length: kept }, () => this.keep(port)),
    ]
  }

  /** Resolves when every connection has been closed in order. */
  async stop(): Promise<void> {
    this.isRunning = false
    await Promise.all(this.loops)
  }

  private async connectAnew(port: number): Promise<void> {
    while (this.isRunning) {
      await this.attempt(async () => {
        const socket = await connect(port)
        await echo(socket)
        await close(socket)
        this.connections++
      })
      await pause(1)
    }
  }

  private keep(port: number): Promise<void> {
    return this.attempt(async () => {
      const socket = await connect(port)
      while (this.isRunning) {
        await echo(socket)
        this.messages++
        await pause(5)
      }
      await close(socket)
    })
  }

  private async attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      this.failures.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
    }
  }
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1')
  await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) })
  return socket
}

async function echo(socket: Socket): Promise<void> {
  socket.write(MESSAGE)
  let missing = MESSAGE.length
  while (missing > 0) {
    const [bytes] = await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) })
    missing -= bytes.length
  }
}

async function close(socket: Socket): Promise<void> {
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) })
  socket.resume().end()
  await closed
}
