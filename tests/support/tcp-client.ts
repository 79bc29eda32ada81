/** A TCP client that remembers how its connection ended. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'

export class TcpClient {
  /** What came, joined. */
  received = ''
  /** `closed` in order by the other side, or the errno name, e.g. ECONNRESET. */
  readonly ended: Promise<string>

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text) => {
      this.received += text
    })
    this.ended = new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      socket.once('close', () => resolve('closed'))
    })
  }

  /** Resolves when the connection is made or refused. */
  static async connect(port: number, host = '127.0.0.1'): Promise<TcpClient> {
    const socket = createConnection(port, host)
    const client = new TcpClient(socket)
    await Promise.race([once(socket, 'connect').catch(() => {}), client.ended])
    return client
  }

  /** Sends a message to an echo server and resolves with what came back. */
  async echo(message: string): Promise<string> {
    this.socket.write(message)
    const [text] = await once(this.socket, 'data', { signal: AbortSignal.timeout(5_000) })
    return text
  }

  /** Closes in order. */
  async close(): Promise<void> {
    this.socket.end()
    await this.ended
  }
}
