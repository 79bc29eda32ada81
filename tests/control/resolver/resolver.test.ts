import { once } from 'node:events'
import fc from 'fast-check'
import t from 'tap'
import { type Answer, type Ask, ResolveError } from '../../../src/control/resolver/answer.js'
import { askServers } from '../../../src/control/resolver/ask-servers.js'
import { Resolver } from '../../../src/control/resolver/resolver.js'
import { formatAddress, type ServerAddress } from '../../../src/core/address.js'
import { ManualTiming, serverOf, settled, smallRegistry } from '../small-registry.js'
import { SmallDns } from './small-dns.js'

const NAMED: ServerAddress = { family: 'name', host: 'db.test', port: 5432 }

const found = (hosts: readonly string[], ttlMs = 60_000, unanswered: Answer['unanswered'] = []): Answer => ({
  hosts,
  ttlMs,
  unanswered,
})

/** One server by name, and what asking for it yields, by turns; the last stays. */
function setUp(outcomes: readonly (Answer | string)[], servers: Record<string, ServerAddress> = { r1: NAMED }) {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers, clock: timing.now })
  const asked: string[] = []
  const ask: Ask = async (host) => {
    const outcome = outcomes[Math.min(asked.push(host), outcomes.length) - 1] ?? 'nothing to say'
    if (typeof outcome === 'string') throw new ResolveError(outcome)
    return outcome
  }
  const resolver = new Resolver(registry, ask, timing)
  const events: string[] = []
  const path = (list: readonly { path: string }[]) => list.map((server) => server.path).join(' ')
  resolver.on('failing', (host, why, list) => events.push(`failing ${host}: ${why} (${path(list)})`))
  resolver.on('recovered', (host, list) => events.push(`recovered ${host} (${path(list)})`))
  registry.on('health', (server, is, why) => events.push(`${server.path} ${is}: ${why}`))
  registry.on('address', (server, was) => {
    const text = (address: ServerAddress | undefined) => (address ? formatAddress(address) : 'nothing')
    events.push(`${server.path} from ${text(was)} to ${text(server.resolved)}`)
  })
  return { timing, registry, resolver, asked, events, server: serverOf(registry, 'r1') }
}

t.test('a name resolves: the server has an address and is up, and is asked again at the TTL', async (t) => {
  const { timing, resolver, asked, events, server } = setUp([found(['10.0.0.1'], 7_000)])
  t.equal(server.health, 'down')
  await resolver.start()
  t.same(events, ['db/r1 from nothing to 10.0.0.1:5432', 'db/r1 up: resolved to 10.0.0.1:5432'])
  t.same(server.resolution, { at: timing.now(), failure: undefined })
  t.same(timing.pending, [7_000])
  await timing.next()
  t.same(asked, ['db.test', 'db.test'])
  t.equal(events.length, 2, 'the same answer is no news')
  resolver.stop()
  t.same(timing.pending, [])
})

t.test('the address stays while it is among the answers, else the first is taken', async (t) => {
  const { timing, resolver, events, server } = setUp([
    found(['10.0.0.1', '10.0.0.2']),
    found(['10.0.0.2', '10.0.0.1']),
    found(['10.0.0.3', '10.0.0.2']),
  ])
  await resolver.start()
  await timing.next()
  t.match(server.resolved, { host: '10.0.0.1' })
  await timing.next()
  t.match(server.resolved, { host: '10.0.0.3', port: 5432, family: 4 })
  t.equal(events.at(-1), 'db/r1 from 10.0.0.1:5432 to 10.0.0.3:5432')
})

t.test('silence about one family is no reason to leave it', async (t) => {
  const { timing, resolver, server } = setUp([found(['::1']), found(['10.0.0.1'], 1_000, [6]), found(['10.0.0.1'])])
  await resolver.start()
  await timing.next()
  t.match(server.resolved, { host: '::1' })
  await timing.next()
  t.match(server.resolved, { host: '10.0.0.1' })
})

t.test('when resolving fails the last good address stays; one event for each change of state', async (t) => {
  const { timing, resolver, events, server } = setUp([
    found(['10.0.0.1']),
    'no answer',
    'no answer',
    found(['10.0.0.1']),
  ])
  await resolver.start()
  events.length = 0
  await timing.next()
  t.match(server.resolution, { failure: 'no answer' })
  await timing.next()
  t.same(events, ['failing db.test: no answer (db/r1)'])
  t.same([server.health, server.resolved], ['up', { family: 4, host: '10.0.0.1', port: 5432 }])
  await timing.next()
  t.same(events, ['failing db.test: no answer (db/r1)', 'recovered db.test (db/r1)'])
  t.match(server.resolution, { failure: undefined })
})

t.test('a name that never resolved leaves its server down, and is asked with back-off up to 30 s', async (t) => {
  const { timing, resolver, events, server } = setUp(['there is no such name'])
  await resolver.start()
  t.same(events, ['failing db.test: there is no such name (db/r1)'])
  t.same([server.health, server.resolved, server.resolution?.failure], ['down', undefined, 'there is no such name'])
  const pauses: (number | undefined)[] = []
  for (let i = 0; i < 7; i++) {
    pauses.push(timing.pending[0])
    await timing.next()
  }
  t.same(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  t.equal(events.length, 1)
})

t.test('a server whose name never resolved is up with an address that somebody sets', async (t) => {
  const { registry, resolver, events, server } = setUp(['NXDOMAIN'])
  await resolver.start()
  t.equal(server.health, 'down')
  registry.setAddress(server, { family: 4, host: '10.0.0.9', port: 5432 }, 'alice')
  t.equal(server.health, 'up')
  t.equal(events.at(-1), 'db/r1 up: it has an address now')
  resolver.stop()
})

t.test('servers of one name, in any case, share its questions; numeric ones ask none', async (t) => {
  const servers: Record<string, ServerAddress> = {
    r1: NAMED,
    r2: { family: 'name', host: 'DB.test', port: 5433 },
    r3: { family: 4, host: '10.0.0.9', port: 1 },
  }
  const { registry, resolver, asked } = setUp([found(['10.0.0.1'])], servers)
  await resolver.start()
  t.same(asked, ['db.test'])
  t.match(serverOf(registry, 'r2').resolved, { host: '10.0.0.1', port: 5433 })
  t.match(serverOf(registry, 'r3'), { resolved: { host: '10.0.0.9' }, resolution: undefined })
})

t.test('a question that takes too long counts as failed, and its late answer still counts', async (t) => {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: NAMED }, clock: timing.now })
  let reply: (answer: Answer) => void = () => {}
  const ask: Ask = () => new Promise((resolve) => (reply = resolve))
  const resolver = new Resolver(registry, ask, timing)
  const started = resolver.start()
  t.same(timing.pending, [5_000])
  await timing.next()
  await started
  t.equal(serverOf(registry, 'r1').resolution?.failure, 'no answer within 5s')
  t.same(timing.pending, [], 'no second question while the first is out')
  reply(found(['10.0.0.1']))
  await settled()
  t.equal(serverOf(registry, 'r1').health, 'up')
})

t.test('an answer after stop changes nothing', async (t) => {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: NAMED }, clock: timing.now })
  let reply: (answer: Answer) => void = () => {}
  const resolver = new Resolver(registry, () => new Promise((resolve) => (reply = resolve)), timing)
  void resolver.start()
  resolver.stop()
  reply(found(['10.0.0.1']))
  await settled()
  t.same([serverOf(registry, 'r1').resolved, timing.pending], [undefined, []])
})

/** A registry that nobody waits for, and a name that is asked for until the test says. */
function asking() {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: { family: 4, host: '10.0.0.9', port: 1 } }, clock: timing.now })
  let reply: (answer: Answer) => void = () => {}
  const resolver = new Resolver(registry, () => new Promise((resolve) => (reply = resolve)), timing)
  return { timing, registry, resolver, reply: () => reply(found(['10.0.0.1'])) }
}

t.test('a name of servers to come is kept while other servers come and go, until it is forgotten', async (t) => {
  const { timing, registry, resolver, reply } = asking()
  await resolver.start()
  const learned = resolver.learn([NAMED])
  registry.emit('membership', [], [], 'operator')
  reply()
  await learned
  t.match(resolver.addressOf(NAMED), { host: '10.0.0.1', port: 5432 })
  registry.emit('membership', [], [], 'operator')
  t.match(resolver.addressOf(NAMED), { host: '10.0.0.1', port: 5432 })
  resolver.forget()
  t.equal(resolver.addressOf(NAMED), undefined)
  t.same(timing.pending, [])
})

for (const how of ['forget', 'stop'] as const) {
  t.test(`whoever waits for a first answer waits no longer after ${how}`, { timeout: 5_000 }, async (t) => {
    const { timing, resolver } = asking()
    await resolver.start()
    const learned = resolver.learn([NAMED])
    resolver[how]()
    await learned
    t.same(timing.pending, [])
  })
}

t.test('whatever the TTL, a name is asked between once a second and once an hour', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seconds) => {
      const { timing, resolver } = setUp([found(['10.0.0.1'], seconds * 1_000)])
      await resolver.start()
      const [pause = 0] = timing.pending
      return pause === Math.min(Math.max(seconds * 1_000, 1_000), 3_600_000)
    }),
    { numRuns: 50 },
  )
})

t.test('against a real DNS server: a changed record moves the server at its TTL', async (t) => {
  const dns = await SmallDns.start({ 'db.test': { A: ['10.0.0.1'], ttl: 1 } })
  t.teardown(() => dns.stop())
  const registry = smallRegistry({ servers: { r1: NAMED } })
  const resolver = new Resolver(registry, askServers([dns.address]))
  t.teardown(() => resolver.stop())
  await resolver.start()
  const server = serverOf(registry, 'r1')
  t.match(server.resolved, { host: '10.0.0.1' })
  dns.zones.set('db.test', { A: ['10.0.0.2'], ttl: 1 })
  await once(registry, 'address')
  t.match(server.resolved, { host: '10.0.0.2' })
  dns.zones.set('db.test', { rcode: 2 })
  const [host, why] = await once(resolver, 'failing')
  t.same([host, why], ['db.test', 'the DNS server failed (SERVFAIL)'])
  t.match(server, { health: 'up', resolved: { host: '10.0.0.2' } })
  dns.zones.set('db.test', { A: ['10.0.0.2'], ttl: 1 })
  await once(resolver, 'recovered')
})
