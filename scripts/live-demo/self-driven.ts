/** `scripts/demo --once`: a drain and a return, driven and checked by the demo itself. */

import { discrepancies } from '../../tests/support/conservation.js'
import type { Daemon } from '../../tests/support/daemon.js'
import { eventually } from '../../tests/support/eventually.js'
import type { DemoServer } from './servers.js'
import { serverTable } from './table.js'
import type { Tally, Traffic } from './traffic.js'

const WITHIN_MS = 20_000
/** Sessions that each other server takes while one is drained. */
const ENOUGH = 10

export interface Scene {
  readonly daemon: Daemon
  readonly traffic: Traffic
  readonly tcp: readonly DemoServer[]
  readonly udp: readonly DemoServer[]
}

/** @returns whether everything was as it should be */
export async function driveOnce(scene: Scene): Promise<boolean> {
  const checks = new Checks()
  const { daemon, tcp, udp } = scene
  const all = [...tcp, ...udp]
  checks.see('all six servers take sessions', await untilEach(all, () => 1))
  for (const [backend, servers] of [['tcp', tcp] as const, ['udp', udp] as const]) {
    await drainAndReady(daemon, backend, servers, checks)
  }
  await settle(scene, checks)
  return checks.passed
}

class Checks {
  passed = true

  see(what: string, isSo: boolean, detail = ''): void {
    this.passed &&= isSo
    console.log(`${isSo ? 'ok  ' : 'FAIL'}  ${what}${isSo || detail === '' ? '' : `: ${detail}`}`)
  }
}

async function drainAndReady(daemon: Daemon, backend: string, servers: readonly DemoServer[], checks: Checks) {
  const [drained, ...others] = servers
  if (!drained) throw new Error(`backend ${backend} has no servers`)
  const path = `${backend}/${drained.name}`
  await command(daemon, checks, 'drain', path, '--wait', '--timeout', '15s')
  const atReply = drained.sessions()
  const goOn = others.map((server) => server.sessions() + ENOUGH)
  checks.see('the other servers go on', await untilEach(others, (i) => goOn[i] ?? 0))
  checks.see(
    `no new session on ${path} since the reply`,
    drained.sessions() === atReply,
    `${drained.sessions() - atReply}`,
  )
  console.log(`\n${serverTable(await daemon.status())}\n`)
  await command(daemon, checks, 'ready', path)
  checks.see(`${path} takes sessions again`, await untilEach([drained], () => atReply + 1))
}

async function command(daemon: Daemon, checks: Checks, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await daemon.command(...args)
  checks.see(`headgate ${args.join(' ')}`, code === 0, `exit code ${code}\n${stdout}${stderr}`)
}

/** The demo's own count, headgate's count and the servers' count must be one. */
async function settle({ daemon, traffic, tcp, udp }: Scene, checks: Checks): Promise<void> {
  await traffic.stop()
  await until(async () => (await daemon.status()).sessions.live === 0)
  const status = await daemon.status()
  const wrong = discrepancies(status)
  checks.see('every sum comes out', wrong.length === 0, wrong.join('; '))
  const counts = [
    { name: 'tcp-in', tally: traffic.tcp, servers: tcp },
    { name: 'udp-in', tally: traffic.udp, servers: udp },
  ]
  for (const { name, tally, servers } of counts) {
    const frontend = status.frontends.find((one) => one.name === name)
    const served = servers.reduce((sum, server) => sum + server.sessions(), 0)
    const found = `${frontend?.sessions.total} by headgate, ${tally.sessions} by the clients, ${served} by the servers`
    checks.see(`sessions of ${name}: ${found}`, frontend?.accepted === tally.sessions && served === tally.sessions)
    checks.see(`bytes of ${name}: ${tally.bytesSent} in, ${tally.bytesReceived} out`, sameBytes(frontend?.bytes, tally))
    checks.see(`every message of ${name} was answered`, tally.failures === 0, `${tally.failures} were not`)
  }
  console.log(`\n${serverTable(status)}\n`)
}

function sameBytes(bytes: { readonly in: number; readonly out: number } | undefined, tally: Tally): boolean {
  return bytes?.in === tally.bytesSent && bytes.out === tally.bytesReceived
}

function untilEach(servers: readonly DemoServer[], count: (i: number) => number): Promise<boolean> {
  return until(() => servers.every((server, i) => server.sessions() >= count(i)))
}

function until(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  return eventually('what the demo waits for', isSo, WITHIN_MS).then(
    () => true,
    () => false,
  )
}
