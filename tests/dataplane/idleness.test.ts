/** Who is to blame for a silence, told from how the relay stands. */
import t from 'tap'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { Scoreboard } from '../../src/core/scoreboard/scoreboard.js'
import type { Side } from '../../src/dataplane/engine.js'
import { FlowCounters } from '../../src/dataplane/flow-counters.js'
import { Idleness } from '../../src/dataplane/tcp/idleness.js'

const CAPACITY = { servers: 1, backends: 1, frontends: 1, workers: 1 }
const LIMIT = 1000
const OFF = 0

/** A session that began at 0. */
class Scene {
  readonly underWay = { client: 0, server: 0 }
  looks = 0
  endedBy: Side | undefined
  readonly counters: FlowCounters
  private readonly idleness: Idleness

  constructor() {
    const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(CAPACITY)), CAPACITY)
    this.counters = new FlowCounters(new WorkerColumn(board, 0), 0, 0, 0)
    const bytesUnderWay = (to: Side) => {
      this.looks++
      return this.underWay[to]
    }
    const endedBy = () => this.endedBy
    const relay = {
      end: () => {},
      closeIfQuiet: () => false,
      get endedBy() {
        return endedBy()
      },
      bytesUnderWay,
    }
    this.idleness = new Idleness(relay, this.counters)
  }

  blamed(now: number, { client = LIMIT, server = LIMIT } = {}): Side | undefined {
    return this.idleness.blamed(client, server, now)
  }
}

t.test('silence is blamed on the side whose turn it is, at its limit and not before', async (t) => {
  const scene = new Scene()
  t.equal(scene.blamed(999), undefined)
  t.equal(scene.looks, 0, 'nobody asks the system before')
  t.equal(scene.blamed(1000, { client: OFF }), 'server', 'before any byte it may be either')
  t.equal(scene.blamed(1000, { server: OFF }), 'client')
  scene.counters.fromServer(1, 5000)
  t.equal(scene.blamed(9000, { client: OFF }), undefined)
  t.equal(scene.blamed(6000), 'client')
  scene.counters.fromClient(1, 7000)
  t.equal(scene.blamed(9000, { server: OFF }), undefined)
  t.equal(scene.blamed(8000), 'server')
})

for (const from of ['server', 'client'] as const) {
  const to = from === 'server' ? 'client' : 'server'
  t.test(`a ${to} that takes what waits for it is not silent; it is once it stops`, async (t) => {
    const scene = new Scene()
    if (from === 'server') scene.counters.fromServer(1e6, 0)
    else scene.counters.fromClient(1e6, 0)
    for (let i = 1; i <= 5; i++) {
      scene.underWay[to] = 1e6 - i
      t.equal(scene.blamed(i * 1000), undefined)
    }
    scene.underWay[to] = 0
    t.equal(scene.blamed(6000), undefined, 'it has taken the rest since')
    t.equal(scene.blamed(6999), undefined)
    t.equal(scene.blamed(7000), to)
  })

  t.test(`a ${to} that takes nothing of what waits for it is silent, after twice the limit`, async (t) => {
    const scene = new Scene()
    if (from === 'server') scene.counters.fromServer(1e6, 0)
    else scene.counters.fromClient(1e6, 0)
    scene.underWay[to] = 1e6
    t.equal(scene.blamed(1000), undefined, 'it may have taken some until now')
    t.equal(scene.blamed(1999), undefined)
    t.equal(scene.blamed(2000), to)
  })

  t.test(`a ${to} that has ended its side is not waited for, however often the ${from} pauses`, async (t) => {
    const scene = new Scene()
    scene.endedBy = to
    if (from === 'server') scene.counters.fromServer(1, 0)
    else scene.counters.fromClient(1, 0)
    t.equal(scene.blamed(9000, { [from]: OFF }), undefined)
    t.equal(scene.blamed(1000), from, 'it is the turn of the other one')
  })

  t.test(`a ${to} that has ended its side, and takes nothing of what waits for it, is silent`, async (t) => {
    const scene = new Scene()
    scene.endedBy = to
    scene.underWay[to] = 1e6
    t.equal(scene.blamed(1000), undefined)
    t.equal(scene.blamed(2000), to)
  })
}

t.test('a server that tells of its progress while it takes an upload keeps its client from being blamed', async (t) => {
  const scene = new Scene()
  scene.counters.fromClient(1e6, 0)
  scene.counters.fromServer(1, 1)
  for (let i = 1; i <= 5; i++) {
    scene.underWay.server = 1e6 - i
    t.equal(scene.blamed(1 + i * 1000), undefined)
  }
})

t.test('bytes that come begin another silence', async (t) => {
  const scene = new Scene()
  scene.counters.fromServer(1e6, 0)
  scene.underWay.client = 1e6
  t.equal(scene.blamed(1000), undefined)
  scene.counters.fromServer(1, 1500)
  t.equal(scene.blamed(2400), undefined)
  t.equal(scene.blamed(2500), undefined, 'and another first look')
  t.equal(scene.blamed(3500), 'client')
})
