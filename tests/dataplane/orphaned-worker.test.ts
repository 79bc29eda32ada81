/**
 * How a worker ends. When its control plane is gone it takes nobody new, lets its sessions finish, and waits for them 30 s
 * at most; when control tells it to, it leaves no session line behind.
 */
import t from 'tap'
import type { ToWorker } from '../../src/core/messages.js'
import { Scoreboard } from '../../src/core/scoreboard/scoreboard.js'
import { DataPlane } from '../../src/dataplane/data-plane.js'
import type { ChannelHandlers, Engine, ListenHandlers, Stream } from '../../src/dataplane/engine.js'
import { frontendShape } from '../support/frontend-shape.js'

const CAPACITY = { servers: 1, backends: 1, frontends: 1, workers: 1 }
const TCP = { noDelay: true, keepalive: false, userTimeoutMs: 0 } as const
const SHAPE: Extract<ToWorker['request'], { do: 'configure' }>['shape'] = {
  records: false,
  frontends: [
    frontendShape({
      backlog: 1,
      listeners: [{ protocol: 'tcp', address: { family: 4, host: '127.0.0.1', port: 1 }, share: 0 }],
    }),
  ],
  backends: [
    {
      id: 0,
      name: 'b',
      policy: 'first',
      key: 'address',
      connectTimeoutMs: 1e9,
      retries: 0,
      serverIdleMs: 0,
      waiting: { noServerMs: 0, most: 1000 },
      tcp: TCP,
      udpIdleMs: 0,
      servers: [{ slot: 0, name: 's1', address: { family: 4, host: '127.0.0.1', port: 2 } }],
    },
  ],
}

/** An engine with a clock in the test's hand, on which a connect never ends. */
class PausedEngine {
  time = 0
  isStopped = false
  isListening = false
  channel: ChannelHandlers | undefined
  /** What it sent has been taken by control. */
  isTaken = true
  accept: ListenHandlers['onAccept'] = () => {}
  private timers: { readonly at: number; readonly run: () => void }[] = []

  readonly engine: Engine = {
    name: 'portable',
    listen: (at, _options, handlers, onBound) => {
      this.isListening = true
      this.accept = handlers.onAccept
      const close = () => {
        this.isListening = false
      }
      onBound({ ok: true, bound: { address: at.address, reconfigure: () => {}, close } })
    },
    connect: () => () => {},
    peek: () => () => {},
    deliver: () => () => {},
    relay: () => ({ end: () => {}, closeIfQuiet: () => false, endedBy: undefined, bytesUnderWay: () => 0 }),
    bindDatagram: () => {},
    openFlow: () => ({ ok: false, error: { failure: 'error', code: 'ENOTSUP' } }),
    after: (delayMs, run) => {
      const timer = { at: this.time + delayMs, run }
      this.timers.push(timer)
      return () => {
        this.timers = this.timers.filter((other) => other !== timer)
      }
    },
    now: () => this.time,
    wallClock: () => this.time,
    openChannel: (handlers) => {
      this.channel = handlers
      const isTaken = () => this.isTaken
      return {
        send: () => {},
        isFull: false,
        get isEmpty() {
          return isTaken()
        },
      }
    },
    run: () => {},
    stop: () => {
      this.isStopped = true
    },
  }

  /** Lets time pass until `to`, timer by timer. */
  passTo(to: number): void {
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= to).sort((a, b) => a.at - b.at)
      if (!next) break
      this.timers = this.timers.filter((other) => other !== next)
      this.time = next.at
      next.run()
    }
    this.time = to
  }
}

function client(): Stream {
  const peer = { family: 4, host: '127.0.0.1', port: 3 } as const
  return { peer, close: () => {}, reset: () => {}, onGone: undefined }
}

function start(): PausedEngine & { board: Scoreboard } {
  const paused = new PausedEngine()
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(CAPACITY)), CAPACITY)
  board.setServer(0, 'weight', 100)
  board.setServer(0, 'effectiveWeight', 100)
  board.bumpGeneration(0)
  new DataPlane(paused.engine, board, 0, () => 0.5)
  paused.channel?.onMessage({ type: 'request', number: 1, request: { do: 'configure', shape: SHAPE } })
  return Object.assign(paused, { board })
}

t.test('without a session it ends at once', async (t) => {
  const paused = start()
  paused.passTo(1_000)
  t.notOk(paused.isStopped)
  paused.channel?.onClosed()
  t.notOk(paused.isListening)
  paused.passTo(1_200)
  t.ok(paused.isStopped)
})

t.test('it waits for the end of its last session', async (t) => {
  const paused = start()
  const stream = client()
  paused.accept(stream)
  paused.channel?.onClosed()
  paused.passTo(10_000)
  t.notOk(paused.isStopped)
  stream.onGone?.()
  paused.passTo(10_200)
  t.ok(paused.isStopped)
})

t.test('it does not wait for ever', async (t) => {
  const paused = start()
  paused.accept(client())
  paused.channel?.onClosed()
  paused.passTo(29_900)
  t.notOk(paused.isStopped)
  paused.passTo(30_100)
  t.ok(paused.isStopped)
})

t.test('it ends a pause that nobody would end any more: who waits gets a server', async (t) => {
  const paused = start()
  paused.board.setHold(0, 'paused')
  paused.accept(client())
  paused.passTo(1_000)
  t.equal(paused.board.waitingFor(0), 1)
  t.equal(paused.board.liveOfServer(0), 0)
  paused.channel?.onClosed()
  paused.passTo(1_050)
  t.equal(paused.board.waitingFor(0), 0)
  t.equal(paused.board.liveOfServer(0), 1)
})

function quit(paused: PausedEngine): void {
  paused.channel?.onMessage({ type: 'request', number: 2, request: { do: 'quit' } })
}

t.test('told to quit it ends at once, when control has taken its last session lines', async (t) => {
  const paused = start()
  quit(paused)
  paused.passTo(1)
  t.ok(paused.isStopped)
})

t.test('a control plane that is behind gets the last session lines all the same', async (t) => {
  const paused = start()
  paused.isTaken = false
  quit(paused)
  paused.passTo(400)
  t.notOk(paused.isStopped)
  paused.isTaken = true
  paused.passTo(410)
  t.ok(paused.isStopped)
})

t.test('one that never takes them is not waited for', async (t) => {
  const paused = start()
  paused.isTaken = false
  quit(paused)
  paused.passTo(1_000)
  t.ok(paused.isStopped)
})
