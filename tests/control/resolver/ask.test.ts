import t, { type Test } from 'tap'
import { ResolveError } from '../../../src/control/resolver/answer.js'
import { askServers } from '../../../src/control/resolver/ask-servers.js'
import { askSystem } from '../../../src/control/resolver/ask-system.js'
import { freeUdpPort } from '../../support/free-port.js'
import { SmallDns, type Zone } from './small-dns.js'

async function dns(t: Test, zones: Readonly<Record<string, Zone>>): Promise<SmallDns> {
  const server = await SmallDns.start(zones)
  t.teardown(() => server.stop())
  return server
}

t.test('the servers given are asked, IPv4 comes first, the lowest TTL holds', async (t) => {
  const server = await dns(t, { 'db.test': { A: ['10.0.0.2', '10.0.0.1'], AAAA: ['2001:db8:0:0::1'], ttl: 7 } })
  t.same(await askServers([server.address])('db.test'), {
    hosts: ['10.0.0.2', '10.0.0.1', '2001:db8::1'],
    ttlMs: 7_000,
    unanswered: [],
  })
})

t.test('one family is enough', async (t) => {
  const server = await dns(t, { 'four.test': { A: ['10.0.0.1'] }, 'six.test': { AAAA: ['::1'] } })
  const ask = askServers([server.address])
  t.match(await ask('four.test'), { hosts: ['10.0.0.1'], unanswered: [] })
  t.match(await ask('six.test'), { hosts: ['::1'], unanswered: [] })
})

t.test('a family that was answered with a failure is told apart from one without addresses', async (t) => {
  const server = await dns(t, { 'half.test': { A: ['10.0.0.1'], silent: ['AAAA'] } })
  t.match(await askServers([server.address])('half.test'), { hosts: ['10.0.0.1'], unanswered: [6] })
})

t.test('each way not to resolve has its words', async (t) => {
  const server = await dns(t, {
    'empty.test': {},
    'broken.test': { rcode: 2 },
    'secret.test': { rcode: 5 },
    'mute.test': { silent: ['A', 'AAAA'] },
  })
  const ask = askServers([server.address])
  await t.rejects(ask('gone.test'), { message: 'there is no such name' })
  await t.rejects(ask('empty.test'), { message: 'the name has no address' })
  await t.rejects(ask('broken.test'), { message: 'the DNS server failed (SERVFAIL)' })
  await t.rejects(ask('secret.test'), { message: 'the DNS server refused to answer (REFUSED)' })
  await t.rejects(ask('mute.test'), { message: 'no answer from the DNS servers' })
  const nobody = { family: 4, host: '127.0.0.1', port: await freeUdpPort() } as const
  await t.rejects(askServers([nobody])('db.test'), { message: 'the DNS servers cannot be reached' })
})

t.test('the system is asked with /etc/hosts, and DNS for the TTL', async (t) => {
  const ask = askSystem(async () => ({ hosts: ['127.0.0.1', '::1'], ttlMs: 5_000, unanswered: [] }))
  const answer = await ask('localhost')
  t.ok(answer.hosts.every((host) => ['127.0.0.1', '::1'].includes(host)))
  t.equal(answer.ttlMs, 5_000)
})

t.test('the TTL is 30 s where DNS tells another address, none, or nothing in time', async (t) => {
  const other = askSystem(async () => ({ hosts: ['10.9.9.9'], ttlMs: 1, unanswered: [] }))
  const none = askSystem(() => Promise.reject(new ResolveError('there is no such name')))
  const late = askSystem(() => new Promise(() => {}))
  for (const ask of [other, none, late]) t.equal((await ask('localhost')).ttlMs, 30_000)
})

t.test('a name that the system does not know has its words', async (t) => {
  const server = await dns(t, {})
  await t.rejects(askSystem(askServers([server.address]))('no-such-name.invalid'), {
    message: /there is no such name|cannot be reached at present/,
  })
})
