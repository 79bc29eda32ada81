/** UDP clients and servers of the conformance suite, over node:dgram. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Test } from 'tap'
import type { InetAddress } from '../../src/core/address.js'

export const LOOPBACK_UDP: InetAddress = { family: 4, host: '127.0.0.1', port: 0 }

export interface Packet {
  readonly payload: Buffer
  readonly from: RemoteInfo
}

/** A bound socket that keeps what it receives. */
export class Packets {
  readonly received: Packet[] = []
  private taken = 0
  private readonly socket: Socket

  private constructor(
    t: Test,
    readonly family: InetAddress['family'],
  ) {
    this.socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', recvBufferSize: 4e6, sendBufferSize: 4e6 })
    this.socket.on('message', (payload, from) => this.received.push({ payload, from }))
    t.teardown(() => this.close())
  }

  static async bind(t: Test, at: InetAddress = LOOPBACK_UDP): Promise<Packets> {
    const packets = new Packets(t, at.family)
    packets.socket.bind({ address: at.host, port: at.port })
    await once(packets.socket, 'listening')
    return packets
  }

  /** A server that sends every datagram back. */
  static async echo(t: Test, at: InetAddress = LOOPBACK_UDP): Promise<Packets> {
    const packets = await Packets.bind(t, at)
    packets.socket.on('message', (payload, { port, address }) => packets.socket.send(payload, port, address))
    return packets
  }

  get address(): InetAddress {
    const { address, port } = this.socket.address()
    return { family: this.family, host: address, port }
  }

  send(payload: Buffer, to: InetAddress): void {
    this.socket.send(payload, to.port, to.host)
  }

  broadcasts(): void {
    this.socket.setBroadcast(true)
  }

  /** Sends to multicast groups through the interface of this address; IPv6: `::%name`. */
  sendsThrough(address: string): void {
    this.socket.setMulticastInterface(address)
  }

  /** The next datagram that no other call has had; fails after 5 s. */
  async next(): Promise<Packet> {
    for (;;) {
      const packet = this.received[this.taken]
      if (packet) {
        this.taken++
        return packet
      }
      await once(this.socket, 'message', { signal: AbortSignal.timeout(5000) })
    }
  }

  onMessage(run: () => void): void {
    this.socket.on('message', run)
  }

  close(): void {
    try {
      this.socket.close()
    } catch {
      // closed by the test already
    }
  }
}
