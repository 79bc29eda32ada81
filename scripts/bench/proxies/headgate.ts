/** headgate from `dist`, as a user would run it: session log, checks, timeouts, metrics, a stats socket. One worker. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Contender, type Route, startProxy } from './contender.js'

const config = (engine: string) => (folder: string, port: number, route: Route) =>
  `
[runtime]
socket = "${folder}/headgate.sock"
engine = "${engine}"
workers = 1
metrics = "127.0.0.1:0"

[frontends.bench]
listen = "${route.protocol}://127.0.0.1:${port}"
backend = "servers"
${route.protocol === 'tcp' ? 'client_idle = "1h"' : ''}

[backends.servers]
policy = "round-robin"
${route.protocol === 'tcp' ? TCP_KEYS : UDP_KEYS}
servers = [
${route.ports.map((server, i) => `  { name = "s${i + 1}", address = "127.0.0.1:${server}" },`).join('\n')}
]
`

const TCP_KEYS = `
server_idle = "1h"
connect_timeout = "5s"
check = { type = "tcp", interval = "2s" }`

const UDP_KEYS = `
udp = { idle = "60s" }
check = { type = "udp", interval = "2s", send = "ping", expect = "ping" }`

export function headgate(engine: 'portable' | 'linux'): Contender {
  const main = resolve('dist/main.js')
  // package.json is ours: it has a version
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const args = (file: string) => [main, 'run', '-c', file]
  return {
    name: `headgate (${engine})`,
    version,
    protocols: ['tcp', 'udp'],
    start: (route) => startProxy({ command: process.execPath, args, config: config(engine) }, route),
  }
}
