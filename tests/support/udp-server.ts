/** A UDP server in its own process (tests/fixtures/udp-server.mjs), started, asked and killed. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freeUdpPort } from './free-port.js'
import { Program } from './program.js'

const SCRIPT = fileURLToPath(new URL('../fixtures/udp-server.mjs', import.meta.url))

export interface UdpCounts {
  /** Senders: headgate has a socket of its own towards the server for each flow. */
  readonly flows: number
  readonly datagrams: number
  readonly bytes: number
}

export class UdpServer {
  private constructor(
    readonly name: string,
    readonly port: number,
    private readonly program: Program,
  ) {}

  /** @param at the port; a free one when absent */
  static async start(name: string, at?: number): Promise<UdpServer> {
    const port = at ?? (await freeUdpPort())
    const program = Program.start(process.execPath, [SCRIPT, name, `${port}`])
    const line = await program.line(/^port \d+$/)
    return new UdpServer(name, Number(line.slice('port '.length)), program)
  }

  /** Past headgate: straight to the server. */
  async counts(): Promise<UdpCounts> {
    const socket = createSocket('udp4')
    socket.send('count', this.port, '127.0.0.1')
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(5_000) })
    socket.close()
    // the fixture's own answer
    return JSON.parse(String(answer)) as UdpCounts
  }

  async kill(): Promise<void> {
    await this.program.stop('SIGKILL')
  }
}
