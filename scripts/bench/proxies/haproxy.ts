/** HAProxy as a user would run it: session log, checks, timeouts, a stats socket, splicing. One thread, on one core. */
import { execFileSync } from 'node:child_process'
import { type Contender, type Route, startProxy } from './contender.js'

const config = (folder: string, port: number, route: Route) => `
global
  nbthread 1
  maxconn 6000
  log stdout format raw daemon
  stats socket ${folder}/haproxy.sock mode 600 level admin
defaults
  mode tcp
  log global
  option tcplog
  option splice-request
  option splice-response
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend bench
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  balance roundrobin
${route.ports.map((server, i) => `  server s${i + 1} 127.0.0.1:${server} check inter 2s`).join('\n')}
`

export function haproxy(command: string): Contender {
  return {
    name: 'HAProxy',
    version: /version (\S+)/.exec(execFileSync(command, ['-v'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
    protocols: ['tcp'],
    start: (route) => startProxy({ command, config, args: (file) => ['-db', '-f', file] }, route),
  }
}
