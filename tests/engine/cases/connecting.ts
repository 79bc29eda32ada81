/** Connecting to servers: every way in which it fails, and clients that do not wait for it. */
import { once } from 'node:events'
import type { Address } from '../../../src/core/address.js'
import { freePort } from '../../support/free-port.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { Bench } from '../bench.js'
import type { Group } from '../case.js'
import { fullListener } from '../full-listener.js'
import { comesTo, settled } from '../settled.js'
import { dial, knock } from '../streams.js'

const ip4 = (host: string, port = 0): Address => ({ family: 4, host, port })

export const connecting: Group = async (t, engine) => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const full = await fullListener(t)
  const bench = await Bench.start(t, engine, {
    refused: { server: ip4('127.0.0.1', await freePort()) },
    'no-path': { server: { family: 'unix', path: `${folder.path}/none` } },
    // a TCP connect to the broadcast address fails within the kernel: no packet leaves
    unreachable: { server: ip4('255.255.255.255', 9) },
    silent: { server: full, timeoutMs: 300 },
    patient: { server: full },
    source: { source: ip4('127.0.0.2') },
    'foreign-source': { source: ip4('192.0.2.1') }, // TEST-NET-1, RFC 5737
  })
  const { fixture } = bench
  const failed = (route: string) => fixture.next('connect-failed', (report) => report.route === route)

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

    'no answer: timeout, when it is due': async (t) => {
      knock(t, bench.address('silent'))
      const report = await failed('silent')
      t.match(report, { failure: 'timeout', code: 'ETIMEDOUT' })
      t.ok(report.tookMs >= 295 && report.tookMs < 1300, `took ${report.tookMs} ms`)
    },

    'a client that is reset while its server does not answer is gone': async (t) => {
      const before = await settled(() => fixture.descriptors())
      for (const early of ['', 'some data']) {
        const client = await dial(t, bench.address('patient'))
        if (early) client.write(early)
        await fixture.next('accepted', (report) => report.route === 'patient')
        client.resetAndDestroy()
        await fixture.next('gone', (report) => report.route === 'patient')
      }
      t.equal(await comesTo(() => fixture.descriptors(), before), before, 'both sockets are closed')
      const late = fixture.past('connect-failed').filter((report) => report.route === 'patient')
      t.strictSame(late, [], 'a cancelled connect does not call back')
    },

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
