import dgram from 'node:dgram'
import t from 'tap'
import type { FlowHandOver } from '../../src/dataplane/engine.js'
import type { FlowMessage } from '../../src/dataplane/udp/flow-record.js'
import { closeDatagram, Harness, udpEcho } from './worker-harness.js'

/** Two messages: a message has room for 250. */
const FLOWS = 300

/** The other generation takes everything that comes with a socket; a message with one that is closed breaks the link. */
function otherGeneration(beforeFirstAnswer: () => void) {
  const taken: FlowMessage[] = []
  const handOver: FlowHandOver = {
    openLink: (_, { onMessage, onClosed }) => ({
      send: (message, descriptors = []) => {
        if (descriptors.some((descriptor) => descriptor < 0)) return onClosed()
        const told = message as FlowMessage // there are no others on this link
        if (taken.length === 0) beforeFirstAnswer()
        taken.push(told)
        setImmediate(() => onMessage({ type: 'taken', count: told.type === 'flows' ? told.flows.length : 0 }, []))
      },
      close: () => {},
    }),
    pause: () => {},
    resume: () => {},
    handle: () => ({ descriptor: 7, scope: 0 }),
    letGo: (flow) => flow.close(),
    discard: () => false,
    adopt: () => ({ ok: false, error: { failure: 'error', code: 'ENOTSUP' } }),
  }
  return { handOver, taken }
}

t.test('a flow that ends while others are handed over costs none of them', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape] })
  for (let i = 0; i < FLOWS; i++) {
    const client = dgram.createSocket('udp4')
    t.teardown(() => closeDatagram(client))
    client.send('hello', harness.port, '127.0.0.1')
  }
  while (harness.sessions.size < FLOWS) await new Promise((resolve) => setImmediate(resolve))

  // which flows come with which message is not told: of thirty that end, some are of the second
  const { handOver } = otherGeneration(() => {
    for (const { id } of harness.sessions.list({}, FLOWS, harness.engine.now()).filter((_, i) => i % 10 === 0)) {
      harness.sessions.endAll({ id }, 'killed')
    }
  })
  const taken = await new Promise<number>((resolve) => harness.sendFlows(handOver, resolve))
  const reasons = (await harness.closed(FLOWS / 10)).map(({ reason }) => reason)
  t.same(new Set(reasons), new Set(['killed']), 'the others have not ended')
  t.ok(taken >= FLOWS - FLOWS / 10 && taken < FLOWS, `${taken} were taken`)
  t.equal(harness.board.liveOfServer(0), 0)
})
