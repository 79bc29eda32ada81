import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { registryOf } from '../control/registry-of.js'
import { exchange, startHarness } from '../control/runtime-api/harness.js'
import { freePort } from '../support/free-port.js'
import { startMisbehaving } from '../support/misbehaving-servers.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { headgate } from './terminal.js'

interface Stage {
  /** Frontends and backends. */
  readonly toml: string
  readonly open: number
  readonly closed: number
}

/** Backends with an open and a closed port, without a check, with an agent that says down, and with a command. */
async function stage(t: Test): Promise<Stage> {
  const server = await startMisbehaving((socket) => void socket.end('down 25% maxconn:3 drain # night\n'))
  t.teardown(server.close)
  const closed = await freePort()
  const toml = `
    frontends.f = { listen = "tcp://127.0.0.1:1", backend = { db = 1, bare = 1, agent = 1, exec = 1, named = 1 } }
    [backends.db]
    servers = [{ name = "r1", address = "127.0.0.1:${server.port}" }, { name = "r2", address = "127.0.0.1:${closed}" }]
    [backends.bare]
    check = false
    servers = [{ name = "r1", address = "127.0.0.1:${server.port}" }]
    [backends.agent]
    check = { type = "agent", port = ${server.port} }
    servers = [{ name = "r1", address = "127.0.0.1:1" }]
    [backends.exec]
    check = { type = "exec", command = ["/bin/sh", "-c", "sleep 0.1; echo role=replica lag_ms=1200 position=7 timeline=3"] }
    servers = [{ name = "r1", address = "127.0.0.1:1" }]
    [backends.named]
    servers = [{ name = "r1", address = "no-such-host.invalid:1" }]
  `
  return { toml, open: server.port, closed }
}

async function daemon(t: Test) {
  const facts = await stage(t)
  const registry = await registryOf(facts.toml)
  const harness = await startHarness({ registry })
  t.teardown(harness.close)
  const probe = (...args: string[]) => headgate(['probe', ...args], { env: { HEADGATE_SOCKET: harness.path } })
  return { ...facts, ...harness, probe }
}

t.test('probe: where, each step with its time, and the verdict', async (t) => {
  const { probe, open, registry } = await daemon(t)
  const { code, out } = await probe('db/r1')
  t.equal(code, 0)
  t.equal(
    out.replace(/ *\d+\.\d ms/g, ' N ms'),
    `db/r1 at 127.0.0.1:${open}, check tcp\n N ms  connected\n N ms  passed, L4OK: connected to 127.0.0.1:${open}\n`,
  )
  t.equal(registry.backend('db')?.server('r1')?.check, undefined, 'its check did not hear of it')
})

t.test('probe: one that fails has exit code 1 and a reason', async (t) => {
  const { probe, closed } = await daemon(t)
  const { code, out, err } = await probe('db/r2')
  t.match({ code, err }, { code: 1, err: '' })
  t.match(out, new RegExp(`failed, L4CON refused: connection refused by 127.0.0.1:${closed}\n$`))
  const json = await probe('db/r2', '--json')
  t.equal(json.code, 1)
  t.match(JSON.parse(json.out), {
    server: 'db/r2',
    address: `127.0.0.1:${closed}`,
    check: 'tcp',
    steps: [],
    passed: false,
    code: 'L4CON',
    reason: 'refused',
    database: null,
    advice: null,
  })
})

t.test('probe: role, lag and what an agent asks for, none of which is done', async (t) => {
  const { probe, registry } = await daemon(t)
  const { out } = await probe('exec/r1')
  t.match(out, /\n +\d+\.\d ms {2}started \/bin\/sh, pid \d+\n +\d{3}\.\d ms {2}ended with exit code 0\n/)
  t.match(out, /\nrole replica, lag 1s200ms, position 7, timeline 3\n$/)
  const agent = await probe('agent/r1')
  t.equal(agent.code, 1)
  t.match(agent.out, /failed, L7STS says-down: .* says "down 25% maxconn:3 drain # night"\n/)
  t.match(agent.out, /\nasks for health down, admin state drain, 25% of its weight, at most 3 sessions\n$/)
  t.match(registry.backend('agent')?.server('r1'), {
    admin: 'ready',
    health: 'up',
    effectiveWeight: 100,
    maxSessions: 0,
  })
})

t.test('probe: nothing to probe, nobody of that name, and nowhere to go, in words', async (t) => {
  const { probe } = await daemon(t)
  t.match(await probe('bare/r1'), { code: 1, err: /bare\/r1 has no check, so there is nothing to probe: .*check = \{/ })
  t.match(await probe('db/r9'), { code: 1, err: /No such server\. Did you mean db\/r[12]\?/ })
  t.match(await probe('named/r1'), { code: 1, err: /named\/r1 has no address: its host name has not resolved/ })
  t.match(await probe(), { code: 2 })
})

t.test('probe: one at a time for each server, for operators', async (t) => {
  const { path, registry } = await daemon(t)
  const both = await Promise.all([exchange(path, 'probe exec/r1\n'), exchange(path, 'probe exec/r1\n')])
  t.equal(both.filter((text) => /is being probed already, by another client/.test(text)).length, 1)
  t.match(await exchange(path, 'probe exec/r1\n'), /passed, PROCOK/, 'and then again')
  const users = await startHarness({ registry, level: 'user' })
  t.match(await exchange(users.path, 'probe exec/r1\n'), /Permission denied/)
  await users.close()
})

t.test('probe -c: without a daemon, from here', async (t) => {
  const { toml, closed } = await stage(t)
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const file = join(folder.path, 'headgate.toml')
  writeFileSync(file, toml)
  const probe = (...args: string[]) => headgate(['probe', '-c', file, ...args], { env: {} })
  t.match(await probe('db/r1'), { code: 0, out: /^db\/r1 at 127\.0\.0\.1:\d+, check tcp\n.*passed, L4OK/s })
  t.match(await probe('db/r2', '--json'), { code: 1, out: new RegExp(`connection refused by 127.0.0.1:${closed}`) })
  t.match(await probe('db/r3'), { code: 1, err: /the config has no server db\/r3\. Did you mean db\/r[12]\?/ })
  t.match(await probe('bare/r1'), { code: 1, err: /bare\/r1 has no check/ })
  t.match(await probe('named/r1'), { code: 1, err: /no-such-host\.invalid does not resolve: / })
  writeFileSync(file, '[backends.db]\nnonsense = 1\n')
  t.match(await probe('db/r1'), { code: 1, err: /headgate\.toml:2: backends\.db\.nonsense: found an unknown key/ })
})
