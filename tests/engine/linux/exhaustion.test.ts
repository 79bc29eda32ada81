/** No descriptors left, for the linux engine's own needs: pipes, and the socket towards a server. */
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { eventually } from '../../support/eventually.js'
import { Fixture } from '../fixture.js'
import { dial, echo, hear, LOOPBACK, pour, read, Servers } from '../streams.js'

const BYTES = 4e6

class Crowded {
  private constructor(
    readonly fixture: Fixture,
    readonly servers: Servers,
    private readonly limit: number,
  ) {}

  static async start(t: Test, limit: number): Promise<Crowded> {
    const servers = await Servers.listen(t)
    const echoes = await Servers.listen(t)
    echoes.serve(echo)
    const bulk = { kind: 'tcp', listen: LOOPBACK, server: servers.address } as const
    const crowd = { kind: 'tcp', listen: LOOPBACK, server: echoes.address } as const
    return new Crowded(await Fixture.start(t, 'linux', { bulk, crowd }, { descriptors: limit }), servers, limit)
  }

  /** Takes every descriptor that is left. */
  async fill(t: Test): Promise<readonly Socket[]> {
    const { host, port } = this.fixture.inet('crowd')
    const sockets = Array.from({ length: this.limit }, () => connect({ host, port }).on('error', () => {}))
    t.teardown(() => empty(sockets))
    await this.fixture.next('accept-error', ({ code }) => code === 'EMFILE')
    return sockets
  }

  async isServing(): Promise<boolean> {
    const { host, port } = this.fixture.inet('crowd')
    const client = connect({ host, port, allowHalfOpen: true })
    client.on('error', () => {}).end('hello')
    const { how, bytes } = await hear(client)
    return how === 'end' && bytes === 5
  }
}

function empty(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy()
}

/** Random bytes from one end to the other; none is lost and none is new. */
async function pass(t: Test, from: Socket, to: Socket): Promise<void> {
  const received = read(to, BYTES)
  const sha1 = await pour(from, BYTES)
  const hash = createHash('sha1').update(await received)
  t.equal(hash.digest('hex'), sha1)
}

t.test('no descriptors for a pipe: bulk is copied, and spliced again when there are some', async (t) => {
  const crowded = await Crowded.start(t, 80)
  const { fixture, servers } = crowded
  const client = await dial(t, fixture.address('bulk'))
  const server = await servers.next()
  const sockets = await crowded.fill(t)
  const before = fixture.holds().pipes
  await pass(t, client, server)
  await pass(t, server, client)
  t.equal(fixture.holds().pipes, before, 'no pipe could be had')
  empty(sockets)
  await eventually('a pipe is taken', async () => {
    await pass(t, client, server)
    return fixture.holds().pipes > before
  })
})

t.test('a connect finds no descriptor: its client is refused with the reason, and later ones are served', async (t) => {
  const refused: boolean[] = []
  // a session takes two: of an even number accept finds none, of an odd one the connect after it
  for (const limit of [80, 81]) {
    const crowded = await Crowded.start(t, limit)
    empty(await crowded.fill(t))
    await eventually('clients are served again', () => crowded.isServing())
    refused.push(crowded.fixture.past('connect-failed').some(({ code }) => code === 'EMFILE'))
  }
  t.same(refused.sort(), [false, true])
})
