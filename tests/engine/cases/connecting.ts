/** Connecting to servers: every way in which it fails, and clients that do not wait for it. */
import { once } from 'node:events'
import type { Test } from 'tap'
import type { Address } from '../../../src/core/address.js'
import { freePort } from '../../support/free-port.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { Bench } from '../bench.js'
import type { Group } from '../case.js'
import { fullListener, fullUnixListener } from '../full-listener.js'
import { comesTo, settled } from '../settled.js'
import { dial, hear, heardText, knock } from '../streams.js'

const ip4 = (host: string, port = 0): Address => ({ family: 4, host, port })

export const connecting: Group = async (t, engine) => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const full = await fullListener(t)
  const fullUnix = await fullUnixListener(t, `${folder.path}/full`)
  const busy = await fullUnixListener(t, `${folder.path}/busy`)
  const bench = await Bench.start(t, engine, {
    refused: { server: ip4('127.0.0.1', await freePort()) },
    'no-path': { server: { family: 'unix', path: `${folder.path}/none` } },
    // a TCP connect to the broadcast address fails within the kernel: no packet leaves
    unreachable: { server: ip4('255.255.255.255', 9) },
    silent: { server: full, timeoutMs: 300 },
    patient: { server: full },
    'silent-unix': { server: fullUnix.address, timeoutMs: 300 },
    'patient-unix': { server: fullUnix.address },
    busy: { server: busy.address },
    source: { source: ip4('127.0.0.2') },
    'foreign-source': { source: ip4('192.0.2.1') }, // TEST-NET-1, RFC 5737
  })
  const { fixture } = bench
  const failed = (route: string) => fixture.next('connect-failed', (report) => report.route === route)

  async function timesOut(t: Test, route: string): Promise<void> {
    knock(t, bench.address(route))
    const report = await failed(route)
    t.match(report, { failure: 'timeout', code: 'ETIMEDOUT' })
    t.ok(report.tookMs >= 295 && report.tookMs < 1300, `took ${report.tookMs} ms`)
  }

  async function leaves(t: Test, route: string): Promise<void> {
    const before = await settled(() => fixture.descriptors())
    for (const early of ['', 'some data']) {
      const client = await dial(t, bench.address(route))
      if (early) client.write(early)
      await fixture.next('accepted', (report) => report.route === route)
      client.resetAndDestroy()
      await fixture.next('gone', (report) => report.route === route)
    }
    t.equal(await comesTo(() => fixture.descriptors(), before), before, 'both sockets are closed')
    const late = fixture.past('connect-failed').filter((report) => report.route === route)
    t.strictSame(late, [], 'a cancelled connect does not call back')
  }

  return {
    'nobody listens: refused': async (t) => {
      const heard = knock(t, bench.address('refused'))
      t.match(await failed('refused'), { failure: 'refused', code: 'ECONNREFUSED' })
      t.equal((await heard).how, 'ECONNRESET', 'Stream.reset is a reset')
    },

    'nobody listens on a unix path: refused': async (t) => {
      knock(t, bench.address('no-path'))
      t.match(await failed('no-path'), { failure: 'refused', code: 'ENOENT' })
    },

    'no route: unreachable': async (t) => {
      knock(t, bench.address('unreachable'))
      t.match(await failed('unreachable'), { failure: 'unreachable', code: 'ENETUNREACH' })
    },

    'no answer: timeout, when it is due': (t) => timesOut(t, 'silent'),
    'a unix server whose queue stays full: timeout, when it is due': (t) => timesOut(t, 'silent-unix'),

    'a unix server whose queue is full for a while serves its client': async (t) => {
      const client = await dial(t, bench.address('busy'))
      await fixture.next('accepted', (report) => report.route === 'busy')
      // by the time that another one is accepted, the first has been refused once
      await dial(t, bench.address('busy'))
      await fixture.next('accepted', (report) => report.route === 'busy')
      busy.resume()
      t.match(await hear(client), heardText('hello'))
    },

    'a client that is reset while its server does not answer is gone': (t) => leaves(t, 'patient'),
    'a client that is reset while the queue of its unix server is full is gone': (t) => leaves(t, 'patient-unix'),

    'the local address is the one asked for': async (t) => {
      const { server } = await bench.session(t, 'source')
      t.equal(server.remoteAddress, '127.0.0.2')
    },

    'a local address that is not ours is an error': async (t) => {
      knock(t, bench.address('foreign-source'))
      t.match(await failed('foreign-source'), { failure: 'error', code: 'EADDRNOTAVAIL' })
    },

    'a server that ends at once makes a session that ended': async (t) => {
      const { client, server, ended } = await bench.session(t)
      server.end()
      client.resume()
      await once(client, 'end')
      client.end()
      t.match((await ended()).end, { how: 'closed', by: 'server' })
    },
  }
}
