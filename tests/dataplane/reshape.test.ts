/** Sessions that are under way while the configuration changes. */
import { once } from 'node:events'
import t from 'tap'
import { fullListener } from '../engine/full-listener.js'
import { dial, Harness, talk, tcpServer } from './worker-harness.js'

const skip = process.platform === 'linux' ? false : 'needs a listener with a full queue'

t.test('a session that is still connecting goes on to the servers that are there by then', { skip }, async (t) => {
  const silent = { slot: 0, name: 's0', address: await fullListener(t) }
  let oldOnes = 0
  const old = await tcpServer(t, 1, () => oldOnes++)
  const added = await tcpServer(t, 2, (socket) => socket.end('from the added one'))
  const harness = await Harness.start(t, { servers: [silent, old], backend: { connectTimeoutMs: 300 } })
  const talking = talk(harness.port)
  while (harness.sessions.size === 0) await new Promise((resolve) => setImmediate(resolve))
  harness.board.setServer(2, 'weight', 100)
  harness.board.setServer(2, 'effectiveWeight', 100)
  await harness.configure([silent, added])
  t.match(await talking, { how: 'end', text: 'from the added one' })
  t.equal(oldOnes, 0, 'the removed one is not asked')
  t.equal(harness.server(2, 'sessions'), 1)
})

t.test('sessions stay on a server that is removed', async (t) => {
  const removed = await tcpServer(t, 0, (socket) => socket.pipe(socket))
  const added = await tcpServer(t, 1, (socket) => socket.end('new'))
  const harness = await Harness.start(t, { servers: [removed] })
  harness.board.setServer(1, 'weight', 100)
  harness.board.setServer(1, 'effectiveWeight', 100)
  const { socket, ended } = dial(harness.port)
  socket.write('before ')
  await once(socket, 'data')
  await harness.configure([added])
  socket.end('after')
  t.match(await ended, { how: 'end', text: 'before after' })
  t.match(await talk(harness.port), { text: 'new' })
  t.equal(harness.board.liveOfServer(0), 0)
})
