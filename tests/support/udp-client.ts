/** A UDP client that numbers its datagrams and knows which server answered each. */
import { createSocket, type Socket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'

export class UdpClient {
  datagramsSent = 0
  datagramsReceived = 0
  bytesSent = 0
  bytesReceived = 0
  /** The server that answered last. */
  server: string | undefined
  /** Emits the text of each datagram that was answered. */
  private readonly answers = new EventEmitter()

  private constructor(
    private readonly id: number,
    private readonly socket: Socket,
  ) {
    socket.on('message', (bytes) => this.receive(bytes))
  }

  static async open(id: number, port: number): Promise<UdpClient> {
    const socket = createSocket('udp4')
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new UdpClient(id, socket)
  }

  /** Sends the next datagram and does not wait. */
  send(): string {
    const text = `client ${this.id} datagram ${++this.datagramsSent}`
    this.bytesSent += text.length
    this.socket.send(text)
    return text
  }

  /** Sends the next datagram. @returns the name of the server that answered it; undefined when none did in the time */
  async ask(withinMs = 5_000): Promise<string | undefined> {
    const answer = once(this.answers, this.send(), { signal: AbortSignal.timeout(withinMs) })
    return answer.then(
      () => this.server,
      () => undefined,
    )
  }

  close(): void {
    this.socket.close()
  }

  /** `NAME client ID datagram NUMBER` */
  private receive(bytes: Buffer): void {
    const [server, ...text] = bytes.toString().split(' ')
    this.datagramsReceived++
    this.bytesReceived += bytes.length
    this.server = server
    this.answers.emit(text.join(' '))
  }
}
