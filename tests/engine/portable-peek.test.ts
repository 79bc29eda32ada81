import { once } from 'node:events'
import net from 'node:net'
import t from 'tap'
import { peek } from '../../src/dataplane/portable/peek.js'
import { ResetWatch } from '../../src/dataplane/portable/reset-watch.js'
import { PortableStream } from '../../src/dataplane/portable/stream.js'

const MOST = 1_000

t.test('of a client that is looked at again and again no more is taken in than a look wants', async (t) => {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not an IP server')
  const client = net.connect(address.port, '127.0.0.1')
  const [accepted] = await once(server, 'connection')
  const resets = new ResetWatch()
  t.teardown(() => {
    resets.delete(accepted)
    accepted.destroy()
    client.destroy()
    server.close()
  })
  const stream = new PortableStream(accepted, { family: 4, host: '127.0.0.1', port: 0 }, resets)
  client.write(Buffer.alloc(8_000_000))

  const look = () =>
    new Promise<void>((resolve) => {
      const enough = (bytes: Uint8Array) => bytes.length === MOST || undefined
      peek(stream, MOST, enough, () => resolve())
    })
  await look()
  const taken = stream.peeked.length
  for (let i = 0; i < 20; i++) await look()
  t.equal(stream.peeked.length, taken)
})
