/** The HTTP probe against a real nginx, and against what is no web server. */
import t from 'tap'
import type { HttpProbeSettings } from '../../../src/control/health/probes/http.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { ProbeReport } from '../../../src/control/registry/server.js'
import { CERTIFICATE_PROGRAMS, startAuthority } from '../../support/certificates.js'
import { freePort } from '../../support/free-port.js'
import { skipWithout } from '../../support/installed-programs.js'
import {
  answering,
  answeringAndClosing,
  closing,
  flooding,
  resetting,
  silent,
  startMisbehaving,
  withoutLeak,
} from '../../support/misbehaving-servers.js'
import { NGINX_PROGRAMS, startNginx } from '../../support/nginx.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const OK = { from: 200, to: 299 }

type Settings = Partial<Omit<HttpProbeSettings, 'type'>> & { timeoutMs?: number }

function report(port: number, settings: Settings = {}, onStep?: (words: string) => void): Promise<ProbeReport> {
  const http = { type: 'http', method: 'GET', paths: [{ path: '/' }], statuses: [OK] } as const
  const check = { ...SCHEDULE, ...http, ...settings }
  return startProbe({ family: 4, host: '127.0.0.1', port }, undefined, check, Date.now, onStep).report
}

const at = (path: string, settings: Settings = {}): Settings => ({ ...settings, paths: [{ path }] })

const LOCATIONS = `
  location = / { return 200 "all is well\\n"; }
  location = /sick { return 503; }
  location = /moved { return 302 http://127.0.0.1:1/; }
  location = /nothing { return 204; }
  location = /echo { return 200 "$request_method $host $http_user_agent $http_connection"; }
  location = /long { return 200 "${'x'.repeat(2_000)}"; }
`

t.test('real nginx', { skip: skipWithout(...NGINX_PROGRAMS) }, async (t) => {
  const { port, stop } = await startNginx(LOCATIONS)
  t.teardown(stop)

  await t.test('a status that is expected passes', async (t) => {
    const steps: string[] = []
    const finding = await report(port, {}, (words) => steps.push(words))
    const words = `200 to GET / from 127.0.0.1:${port}`
    t.match(finding, { passed: true, code: 'L7OK', reason: 'passed', words })
    t.notOk('database' in finding)
    t.same(steps, ['connected', '200 to GET /'])
    t.match(await report(port, at('/nothing')), { passed: true })
    t.match(await report(port, { method: 'HEAD' }), { passed: true })
  })

  await t.test('another status fails, and no redirect is followed', async (t) => {
    t.match(await report(port, at('/sick')), {
      passed: false,
      code: 'L7STS',
      reason: 'wrong-answer',
      words: `503 to GET /sick from 127.0.0.1:${port}, expected 2xx`,
    })
    t.match(await report(port, at('/moved')), { passed: false, code: 'L7STS', words: /^302 / })
    const statuses = [{ from: 302, to: 302 }, OK]
    t.match(await report(port, at('/moved', { statuses })), { passed: true })
    t.match(await report(port, at('/sick', { statuses })), { words: /expected 302 or 2xx$/ })
  })

  await t.test('a body is searched', async (t) => {
    t.match(await report(port, { expect: Buffer.from('is well') }), { passed: true })
    t.match(await report(port, { expect: Buffer.from('is ill') }), {
      passed: false,
      code: 'L7RSP',
      reason: 'wrong-answer',
      words: /^200 to GET \/ from .* with "all is well\\x0a", expected its body to contain "is ill"$/,
    })
    t.match(await report(port, at('/long', { expect: Buffer.from('xxy') })), { words: /"x{32}"… \(2000 bytes\)/ })
  })

  await t.test('it says who asks, for which host, and that it asks once', async (t) => {
    const expect = Buffer.from('GET db.example headgate close')
    t.match(await report(port, at('/echo', { host: 'db.example', expect })), { passed: true })
    t.match(await report(port, at('/echo', { expect: Buffer.from('GET 127.0.0.1 ') })), { passed: true })
  })

  await t.test('paths that tell roles are asked in turn', async (t) => {
    const roles = (primary: string, replica: string): Settings => ({
      paths: [
        { path: primary, role: 'primary' },
        { path: replica, role: 'replica' },
      ],
    })
    t.match(await report(port, roles('/', '/sick')), { passed: true, database: { role: 'primary' } })
    t.match(await report(port, roles('/sick', '/')), { passed: true, database: { role: 'replica' } })
    t.match(await report(port, roles('/sick', '/moved')), {
      passed: false,
      code: 'L7STS',
      reason: 'wrong-answer',
      words: /^503 to GET \/sick from .*, expected 2xx; 302 to GET \/moved from .*, expected 2xx$/,
    })
  })
})

t.test('TLS of nginx', { skip: skipWithout(...NGINX_PROGRAMS, ...CERTIFICATE_PROGRAMS) }, async (t) => {
  const authority = startAuthority()
  t.teardown(authority.remove)
  const { port, stop } = await startNginx(LOCATIONS, authority.sign('nginx'))
  t.teardown(stop)
  const tls = { verify: 'full', caFile: authority.caFile } as const
  const steps: string[] = []
  t.match(await report(port, { tls, expect: Buffer.from('well') }, (words) => steps.push(words)), { passed: true })
  t.match(steps, ['connected', /^TLS handshake done: TLSv1/, '200 to GET /'])
  t.match(await report(port, { tls: { verify: 'full' } }), { passed: false, code: 'L6RSP', reason: 'certificate' })
  t.match(await report(port), { passed: false, code: 'L7STS', words: /^400 / }, 'nginx says so in plain HTTP')
})

const HALF_HEAD = 'HTTP/1.1 200 OK\r\nContent-Le'
const HALF_BODY = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'

t.test('what is no web server is told apart', async (t) => {
  const cases = [
    [silent, 'L7TOUT', 'no-answer', /^no answer to GET \/ from 127.0.0.1:\d+ within 500ms$/],
    [closing, 'L7RSP', 'closed', /closed the connection without an answer to GET \/$/],
    [resetting, 'L7RSP', 'reset', /^connection reset by 127.0.0.1:\d+ in place of an answer to GET \/$/],
    [answering('-ERR unknown command\r\n'), 'L7RSP', 'garbage', /^not an answer of HTTP to GET \/: "-ERR unknown/],
    [answering(Buffer.from([0x4a, 0, 0, 0, 10])), 'L7RSP', 'garbage', /"J\\x00\\x00\\x00\\x0a"$/],
    [answering(HALF_HEAD), 'L7TOUT', 'truncated', /^half an answer to GET \/ from .*, and no more within 500ms$/],
    [answeringAndClosing(HALF_HEAD), 'L7RSP', 'truncated', /^half an answer .* then the end of the connection$/],
    [answering(HALF_BODY), 'L7TOUT', 'truncated', /^half an answer/],
    [answeringAndClosing(HALF_BODY), 'L7RSP', 'truncated', /^half an answer/],
    [flooding(Buffer.from('HTTP/1.1 200 OK\r\nX: y\r\n'.repeat(3_000))), 'L7RSP', 'garbage', /^not an answer of HTTP/],
    [
      answering('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      'L7RSP',
      'truncated',
      /./,
    ],
  ] as const
  for (const [misbehave, code, reason, words] of cases) {
    const server = await startMisbehaving(misbehave)
    const finding = await report(server.port, { timeoutMs: 500, expect: Buffer.from('needle') })
    t.match(finding, { passed: false, code, reason, words }, `${reason}: ${finding.words}`)
    await server.close()
  }
  t.match(await report(await freePort()), { passed: false, code: 'L4CON', reason: 'refused' })
})

t.test('a status is enough where no body is looked at, and an endless body is left after 64 kB', async (t) => {
  const half = await startMisbehaving(answering(HALF_BODY))
  t.teardown(() => half.close())
  t.match(await report(half.port), { passed: true })

  const endless = await startMisbehaving((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    flooding(Buffer.alloc(10_000, 'x'))(socket)
  })
  t.teardown(() => endless.close())
  t.match(await report(endless.port, { expect: Buffer.from('needle') }), {
    passed: false,
    reason: 'wrong-answer',
    words: /\(65536 bytes\), expected its body to contain "needle"$/,
  })
})

t.test('many probes of every kind of server leave no descriptor, and none outlives its timeout', async (t) => {
  const kinds = [silent, closing, resetting, answering(HALF_HEAD), answering('x\r\n\r\n'), answering(HALF_BODY)]
  const servers = await Promise.all(kinds.map((kind) => startMisbehaving(kind)))
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  const timeoutMs = 20
  let longest = 0
  await withoutLeak(async () => {
    for (let i = 0; i < 30; i++) {
      const settings = [{ expect: Buffer.from('needle') }, { tls: { verify: 'none' as const } }]
      const runs = servers.flatMap(({ port }) => settings.map((one) => report(port, { ...one, timeoutMs })))
      for (const { durationMs, passed } of await Promise.all(runs)) {
        t.notOk(passed)
        longest = Math.max(longest, durationMs)
      }
    }
  })
  t.ok(longest < 500, `longest ${longest} ms`)
})
