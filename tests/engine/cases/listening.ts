/** Where an engine listens: IPv4, IPv6, unix paths; and what stands in its way. */
import { once } from 'node:events'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Test } from 'tap'
import type { Address } from '../../../src/core/address.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { counted } from '../bench.js'
import type { Group } from '../case.js'
import { Fixture } from '../fixture.js'
import type { TcpRoute } from '../fixture-protocol.js'
import { dial, hear, heardText, LOOPBACK, read, Servers } from '../streams.js'

const ip6 = (host: string): Address => ({ family: 6, host, port: 0 })
const to = ({ address }: Servers, listen: Address): TcpRoute => ({ kind: 'tcp', listen, server: address })

export const listening: Group = async (t, engine) => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const path = (name: string) => ({ family: 'unix', path: `${folder.path}/${name}` }) as const
  const servers = await Servers.listen(t)
  const servers6 = await Servers.listen(t, ip6('::1'))
  const serversUnix = await Servers.listen(t, path('server'))
  const living = await Servers.listen(t, path('living'))
  await leaveStale(path('stale').path)
  writeFileSync(path('file').path, 'precious')
  const fixture = await Fixture.start(t, engine, {
    ip4: to(servers, LOOPBACK),
    ip6: to(servers6, ip6('::1')),
    any: to(servers, ip6('::')),
    unix: to(serversUnix, path('in')),
    stale: to(servers, path('stale')),
    living: to(servers, living.address),
    file: to(servers, path('file')),
    'in-use': to(servers, servers.address),
    foreign: to(servers, { family: 4, host: '192.0.2.1', port: 0 }), // TEST-NET-1, RFC 5737
    'close-listeners': { kind: 'close-listeners', listen: LOOPBACK },
  })
  const whyNotBound = async (route: string) =>
    (await fixture.next('not-bound', (report) => report.route === route)).code
  const clientOn = async (route: string) => (await fixture.next('accepted', (report) => report.route === route)).client

  /** One question and answer, with its counters. */
  async function exchange(t: Test, route: string, servers: Servers): Promise<void> {
    const client = await dial(t, fixture.address(route))
    const server = await servers.next()
    client.end('question')
    t.match(await hear(server), heardText('question'))
    server.end('answer')
    t.match(await hear(client), heardText('answer'))
    const ended = await fixture.next('ended', (report) => report.route === route)
    t.match(ended.end, { how: 'closed', by: 'client' })
    t.match(ended.counted, counted(8, 6))
  }

  return {
    'IPv6 on both sides': async (t) => {
      await exchange(t, 'ip6', servers6)
      t.match(await clientOn('ip6'), /^\[::1\]:\d+$/)
    },

    'an IPv4 client of a [::] listener has an IPv4 address': async (t) => {
      const client = await dial(t, { family: 4, host: '127.0.0.1', port: fixture.inet('any').port })
      t.equal(await clientOn('any'), `127.0.0.1:${client.localPort}`)
      await servers.next()
    },

    'unix sockets on both sides': async (t) => {
      await exchange(t, 'unix', serversUnix)
      t.equal(await clientOn('unix'), 'unix:')
    },

    'a unix socket that a dead process left behind is replaced': (t) => exchange(t, 'stale', servers),

    'a unix socket that answers is left alone': async (t) => {
      t.equal(await whyNotBound('living'), 'EADDRINUSE')
      await dial(t, living.address)
      t.ok(await living.next(), 'the living one still answers')
    },

    'a file that is no socket is left alone': async (t) => {
      t.equal(await whyNotBound('file'), 'EADDRINUSE')
      t.ok(existsSync(path('file').path))
    },

    'a port in use, and an address that is not ours, are told by their codes': async (t) => {
      t.equal(await whyNotBound('in-use'), 'EADDRINUSE')
      t.equal(await whyNotBound('foreign'), 'EADDRNOTAVAIL')
    },

    'closing a listener refuses new clients, keeps sessions, and removes its unix path': async (t) => {
      const client = await dial(t, fixture.address('ip4'))
      const server = await servers.next()
      await fixture.command('close-listeners')
      await t.rejects(dial(t, fixture.address('ip4')), { code: 'ECONNREFUSED' })
      t.notOk(existsSync(path('in').path))
      client.write('still here')
      t.equal(String(await read(server, 10)), 'still here')
    },
  }
}

/** Node removes the file when it closes the socket, unless the file is elsewhere at that moment. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer().listen({ path })
  await once(server, 'listening')
  renameSync(path, `${path}.away`)
  server.close()
  await once(server, 'close')
  renameSync(`${path}.away`, path)
}
