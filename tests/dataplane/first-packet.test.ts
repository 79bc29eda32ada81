import t from 'tap'
import type { Judge, Stream } from '../../src/dataplane/engine.js'
import { awaitFirstPacket, type FirstPacket, LONGEST_SILENCE_MS } from '../../src/dataplane/postgres/first-packet.js'
import { cancelRequest, STARTUP } from '../core/postgres/postgres-bytes.js'

const CLIENT: Stream = { peer: { family: 'unix', path: '' }, close: () => {}, reset: () => {}, onGone: undefined }

/** An engine whose client and clock the test moves by hand. */
class Hand {
  isLooking = true
  timer: { readonly delayMs: number; readonly run: () => void } | undefined
  readonly packets: FirstPacket[] = []
  readonly cancel: () => void
  private say: (bytes: Uint8Array, hasEnded: boolean) => void = () => {}

  constructor() {
    const peek = <V>(_: Stream, __: number, judge: Judge<V>, onVerdict: (verdict: V) => void) => {
      this.say = (bytes, hasEnded) => {
        const verdict = judge(bytes, hasEnded)
        if (verdict !== undefined) onVerdict(verdict)
      }
      return () => {
        this.isLooking = false
      }
    }
    const after = (delayMs: number, run: () => void) => {
      this.timer = { delayMs, run }
      return () => {
        this.timer = undefined
      }
    }
    this.cancel = awaitFirstPacket({ peek, after }, CLIENT, (packet) => this.packets.push(packet))
  }

  hear(bytes: Uint8Array, hasEnded = false): void {
    this.say(bytes, hasEnded)
  }
}

t.test('waits for as much as tells what it is, and for no time after that', (t) => {
  const hand = new Hand()
  hand.hear(STARTUP.subarray(0, 7))
  t.same(hand.packets, [])
  hand.hear(STARTUP)
  t.same(hand.packets, [{ kind: 'startup' }])
  t.equal(hand.timer, undefined)
  t.end()
})

t.test('waits for a bounded time', (t) => {
  const hand = new Hand()
  hand.hear(Buffer.alloc(3))
  t.equal(hand.timer?.delayMs, LONGEST_SILENCE_MS)
  hand.timer?.run()
  t.same(hand.packets, [{ kind: 'silence' }])
  t.notOk(hand.isLooking)
  t.end()
})

t.test('half a packet and the end is for the server to judge; nothing and the end is nothing', (t) => {
  const cancel = cancelRequest({ pid: 1, secret: Buffer.alloc(4) })
  const [half, none] = [new Hand(), new Hand()]
  half.hear(cancel.subarray(0, 12), true)
  none.hear(Buffer.alloc(0), true)
  t.same([half.packets, none.packets], [[{ kind: 'other' }], [{ kind: 'nothing' }]])
  t.end()
})

t.test('cancelled, it neither looks nor waits', (t) => {
  const hand = new Hand()
  hand.cancel()
  t.notOk(hand.isLooking)
  t.equal(hand.timer, undefined)
  t.end()
})
