/** The frontends and backends of the demo. */
import { formatDuration } from '../../src/core/duration.js'
import { type DemoServer, FLOW_IDLE_MS } from './servers.js'

export function configText(tcp: readonly DemoServer[], udp: readonly DemoServer[]): string {
  return `[frontends.tcp-in]
listen  = "tcp://127.0.0.1:0"
backend = "tcp"

[backends.tcp]
policy = "round-robin"
check  = { type = "tcp", interval = "1s" }
servers = [
${serverLines(tcp)}
]

[frontends.udp-in]
listen  = "udp://127.0.0.1:0"
backend = "udp"

[backends.udp]
policy = "maglev"
udp    = { idle = "${formatDuration(FLOW_IDLE_MS)}" }
check  = { type = "udp", interval = "1s", send = "probe", expect = "probe" }
servers = [
${serverLines(udp)}
]
`
}

function serverLines(servers: readonly DemoServer[]): string {
  return servers.map(({ name, address }) => `  { name = "${name}", address = "${address}" },`).join('\n')
}
