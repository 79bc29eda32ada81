import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import t from 'tap'
import type { ToWorker } from '../../src/core/messages.js'
import { openControlChannel } from '../../src/dataplane/portable/channel.js'

const request = (number: number): ToWorker => ({ type: 'request', number, request: { do: 'stop-accepting' } })

t.test('messages arrive in order, both ways, and the other side’s end is told', async (t) => {
  const { port1: control, port2: worker } = new MessageChannel()
  const received: ToWorker[] = []
  const closed = new Promise<void>((onClosed) => {
    const onMessage = (message: ToWorker) => {
      received.push(message)
      channel.send({ type: 'answer', number: message.number, answer: { ok: true } })
    }
    const channel = openControlChannel({ onMessage, onClosed }, worker)
  })
  for (const number of [1, 2, 3]) control.postMessage(request(number))
  const answers: unknown[] = []
  while (answers.length < 3) answers.push(...(await once(control, 'message')))
  t.strictSame(received, [request(1), request(2), request(3)])
  t.match(answers, [{ number: 1 }, { number: 2 }, { number: 3 }])
  control.close()
  await closed
})

t.test('without a control plane there is no channel', (t) => {
  t.throws(() => openControlChannel({ onMessage: () => {}, onClosed: () => {} }, null), /worker thread/)
  t.end()
})
