/** A running fixture with one server behind it: where most cases begin. */
import type { Socket } from 'node:net'
import type { Test } from 'tap'
import type { Address } from '../../src/core/address.js'
import type { EngineName } from './engines.js'
import { Fixture } from './fixture.js'
import type { Counted, RelayLook, ReportOf, TcpRoute } from './fixture-protocol.js'
import { dial, LOOPBACK, Servers } from './streams.js'

export interface Session {
  /** Paused. */
  readonly client: Socket
  /** Paused. */
  readonly server: Socket
  /** The fixture's report of its end. */
  ended(): Promise<ReportOf<'ended'>>
}

export class Bench {
  private constructor(
    readonly fixture: Fixture,
    readonly servers: Servers,
  ) {}

  /** @param shapes routes beside the one named `plain`; their server is the bench's unless they say otherwise */
  static async start(t: Test, engine: EngineName, shapes: Readonly<Record<string, Partial<TcpRoute>>> = {}) {
    const servers = await Servers.listen(t)
    const plain: TcpRoute = { kind: 'tcp', listen: LOOPBACK, server: servers.address }
    const routes = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { ...plain, ...shape }]))
    const commands = {
      'end-relays': { kind: 'end-relays', listen: LOOPBACK },
      'close-quiet-relays': { kind: 'close-quiet-relays', listen: LOOPBACK },
      'look-at-relays': { kind: 'look-at-relays', listen: LOOPBACK },
    } as const
    return new Bench(await Fixture.start(t, engine, { plain, ...routes, ...commands }), servers)
  }

  address(route = 'plain'): Address {
    return this.fixture.address(route)
  }

  /**
   * A client and the server's end of its session.
   * @param early does something with the client before the server is waited for
   */
  async session(t: Test, route = 'plain', early: (client: Socket) => void = () => {}): Promise<Session> {
    const client = await dial(t, this.address(route))
    const name = `${client.localAddress}:${client.localPort}`
    early(client)
    const server = await this.servers.next()
    t.teardown(() => server.destroy())
    return { client, server, ended: () => this.fixture.next('ended', (report) => report.client === name) }
  }

  /** The only relay that runs, as soon as it looks like this; answers how it looks then. */
  async relayIs(isSo: (look: RelayLook) => boolean): Promise<RelayLook> {
    for (;;) {
      await this.fixture.command('look-at-relays')
      const [look] = (await this.fixture.next('relays')).looks
      if (look && isSo(look)) return look
    }
  }
}

/** The counters of a TCP session. */
export function counted(bytesIn: number, bytesOut: number): Counted {
  return { bytesIn, bytesOut, datagramsIn: 0, datagramsOut: 0 }
}
