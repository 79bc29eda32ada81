/** The TLS probe, and the TLS of every other: certificates that are believed and some that are not, files that are no PEM. */
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import type { TlsProbeSettings } from '../../../src/control/health/probes/tls.js'
import type { TlsSettings } from '../../../src/control/health/probes/tls-options.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { ProbeReport } from '../../../src/control/registry/server.js'
import {
  type Authority,
  CERTIFICATE_PROGRAMS,
  type Certificate,
  notPem,
  startAuthority,
} from '../../support/certificates.js'
import { freePort } from '../../support/free-port.js'
import { skipWithout } from '../../support/installed-programs.js'
import {
  answering,
  closing,
  flooding,
  resetting,
  silent,
  startMisbehaving,
  withoutLeak,
} from '../../support/misbehaving-servers.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const DAY_MS = 86_400_000

type Settings = Omit<TlsProbeSettings, 'type' | 'tls'> & { timeoutMs?: number }

function report(
  port: number,
  tls: TlsSettings,
  settings: Settings = {},
  onStep?: (words: string) => void,
): Promise<ProbeReport> {
  const check = { ...SCHEDULE, type: 'tls', tls, ...settings } as const
  return startProbe({ family: 4, host: '127.0.0.1', port }, undefined, check, Date.now, onStep).report
}

async function server(t: Test, { certFile, keyFile }: Certificate, options: TlsOptions = {}): Promise<number> {
  const material = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const listening = createServer({ ...material, ...options }, (socket) => socket.on('error', () => {}).end())
  listening.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  t.teardown(() => listening.close())
  return (listening.address() as AddressInfo).port // a listening TCP server's address is never a string
}

t.test('certificates', { skip: skipWithout(...CERTIFICATE_PROGRAMS) }, async (t) => {
  const authority = startAuthority()
  t.teardown(authority.remove)
  const full: TlsSettings = { verify: 'full', caFile: authority.caFile }
  await judgements(t, authority, full)
  await files(t, authority, full)
})

async function judgements(t: Test, authority: Authority, full: TlsSettings): Promise<void> {
  const good = authority.sign('good')

  await t.test('one that is believed passes, and its days are told', async (t) => {
    const port = await server(t, good)
    const steps: string[] = []
    const words = `TLSv1.3 with 127.0.0.1:${port}, whose certificate expires in 59 days`
    t.match(await report(port, full, {}, (step) => steps.push(step)), {
      passed: true,
      code: 'L6OK',
      reason: 'passed',
      words,
    })
    t.same(steps, ['connected', 'TLS handshake done: TLSv1.3', 'certificate expires in 59 days'])
    t.match(await report(port, { ...full, serverName: 'db.test' }), { passed: true })
  })

  await t.test('one that is good for too short fails before it has expired', async (t) => {
    const port = await server(t, good)
    t.match(await report(port, full, { minRemainingMs: 59 * DAY_MS }), { passed: true })
    t.match(await report(port, full, { minRemainingMs: 60 * DAY_MS }), {
      passed: false,
      code: 'L6RSP',
      reason: 'certificate',
      words: `the certificate of 127.0.0.1:${port} expires in 59 days, expected it to be good for more than 60d`,
    })
  })

  await t.test('one that has expired fails, unless nobody asks', async (t) => {
    const port = await server(t, authority.sign('expired', -1))
    const words = `the certificate of 127.0.0.1:${port} has expired (CERT_HAS_EXPIRED)`
    t.match(await report(port, full), { passed: false, code: 'L6RSP', reason: 'certificate', words })
    t.match(await report(port, { verify: 'none' }), { passed: true, words: /whose certificate has expired$/ })
    t.match(await report(port, { verify: 'none' }, { minRemainingMs: 1 }), { passed: false, reason: 'certificate' })
  })

  await t.test('one for another name fails, and passes where only its authority is asked for', async (t) => {
    const port = await server(t, good)
    const other = { ...full, serverName: 'other.test' }
    t.match(await report(port, other), { passed: false, code: 'L6RSP', reason: 'certificate', words: /another name/ })
    t.match(await report(port, { ...other, verify: 'ca' }), { passed: true })
  })

  await t.test('the name is that of the config, where a server has one there', async (t) => {
    const port = await server(t, good)
    const probe = (host: string) => {
      const check = { ...SCHEDULE, type: 'tls', tls: full } as const
      const name = { backend: 'b', name: 's', address: { family: 'name', host, port } } as const
      return startProbe({ family: 4, host: '127.0.0.1', port }, undefined, check, Date.now, undefined, name).report
    }
    t.match(await probe('db.test'), { passed: true })
    t.match(await probe('other.test'), { passed: false, reason: 'certificate', words: /another name/ })
  })

  await t.test('one of an unknown authority fails, and passes where nothing is verified', async (t) => {
    const port = await server(t, good)
    const words = /comes from an authority that is not known/
    t.match(await report(port, { verify: 'full' }), { passed: false, code: 'L6RSP', reason: 'certificate', words })
    t.match(await report(port, { verify: 'ca' }), { passed: false, reason: 'certificate' })
    t.match(await report(port, { verify: 'none' }), { passed: true })
  })

  await t.test('a server that asks for a certificate of ours', async (t) => {
    const ca = readFileSync(authority.caFile)
    const port = await server(t, good, { requestCert: true, ca, maxVersion: 'TLSv1.2' })
    const { certFile, keyFile } = authority.sign('probe')
    t.match(await report(port, { ...full, certFile, keyFile }), { passed: true })
    t.match(await report(port, full), { passed: false, code: 'L6RSP' })
  })
}

async function files(t: Test, authority: Authority, full: TlsSettings): Promise<void> {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const { certFile, keyFile } = authority.sign('mine')

  await t.test('files that are missing, no files, no PEM, or do not fit are said of this machine', async (t) => {
    const port = await server(t, authority.sign('server'))
    const not = notPem(folder.path)
    const directory = join(folder.path, 'directory')
    mkdirSync(directory)
    const other = authority.sign('other')
    const cases: [Partial<TlsSettings>, RegExp][] = [
      [{ caFile: '/nowhere/ca.pem' }, /\/nowhere\/ca\.pem/],
      [{ caFile: directory }, /directory/],
      [{ caFile: not }, /not\.pem/],
      [{ certFile: not, keyFile }, /not\.pem/],
      [{ certFile, keyFile: other.keyFile }, /mine\.pem.*other\.key/],
    ]
    for (const [some, words] of cases) {
      const finding = await report(port, { ...full, ...some })
      t.match(finding, { passed: false, code: 'SOCKERR', reason: 'misconfigured', words }, finding.words)
    }
  })

  await t.test('a renewed file is read by the next probe', async (t) => {
    const port = await server(t, authority.sign('renewed'))
    const caFile = join(folder.path, 'ca.pem')
    writeFileSync(caFile, readFileSync(certFile))
    t.match(await report(port, { ...full, caFile }), { passed: false, reason: 'certificate' })
    copyFileSync(authority.caFile, caFile)
    chmodSync(caFile, 0o600)
    t.match(await report(port, { ...full, caFile }), { passed: true })
  })
}

const NONE: TlsSettings = { verify: 'none' }

t.test('what is no TLS server is told apart', async (t) => {
  const cases = [
    [silent, 'L6TOUT', 'no-answer', /^no answer to the TLS handshake from 127.0.0.1:\d+ within 500ms$/],
    [closing, 'L6RSP', 'closed', /closed the connection during the TLS handshake$/],
    [resetting, 'L6RSP', 'reset', /^connection reset by 127.0.0.1:\d+ during the TLS handshake$/],
    [answering('HTTP/1.0 400 Bad Request\r\n'), 'L6RSP', 'tls-refused', /^127.0.0.1:\d+ does not speak TLS/],
    [answering(Buffer.from([0x16, 3, 3, 0, 80, 2])), 'L6TOUT', 'no-answer', /^no answer to the TLS handshake/],
    // an alert, RFC 8446 section 6: handshake_failure
    [answering(Buffer.from([0x15, 3, 3, 0, 2, 2, 40])), 'L6RSP', 'tls-failed', /HANDSHAKE_FAILURE/],
    [flooding(Buffer.alloc(10_000)), 'L6RSP', /^tls-/, /./],
  ] as const
  for (const [misbehave, code, reason, words] of cases) {
    const server = await startMisbehaving(misbehave)
    const finding = await report(server.port, NONE, { timeoutMs: 500 })
    t.match(finding, { passed: false, code, reason, words }, `${reason}: ${finding.words}`)
    await server.close()
  }
  t.match(await report(await freePort(), NONE), { passed: false, code: 'L4CON', reason: 'refused' })
})

t.test('many handshakes with every kind of server leave no descriptor, and none outlives its timeout', async (t) => {
  const kinds = [silent, closing, resetting, answering('x\r\n'), answering(Buffer.from([0x16, 3, 3]))]
  const servers = await Promise.all(kinds.map((kind) => startMisbehaving(kind)))
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  let longest = 0
  await withoutLeak(async () => {
    for (let i = 0; i < 30; i++) {
      const runs = servers.map(({ port }) => report(port, NONE, { timeoutMs: 20 }))
      for (const { durationMs, passed } of await Promise.all(runs)) {
        t.notOk(passed)
        longest = Math.max(longest, durationMs)
      }
    }
  })
  t.ok(longest < 500, `longest ${longest} ms`)
})
