/** nginx's stream module as a user would run it: session log and timeouts (its free edition has no active checks). */
import { spawnSync } from 'node:child_process'
import { program } from '../../../tests/support/installed-programs.js'
import { type Contender, type Route, startProxy } from './contender.js'

const LOG_FORMAT =
  '$remote_addr:$remote_port [$time_iso8601] $protocol $status $bytes_received $bytes_sent $session_time ' +
  '$upstream_addr $upstream_connect_time'

const config = (modules: string) => (folder: string, port: number, route: Route) =>
  `
load_module ${modules}/ngx_stream_module.so;
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid ${folder}/pid;
events { worker_connections 20000; }
stream {
  log_format session '${LOG_FORMAT}';
  access_log ${folder}/access.log session;
  upstream servers {
${route.ports.map((server) => `    server 127.0.0.1:${server};`).join('\n')}
  }
  server {
    listen 127.0.0.1:${port}${route.protocol === 'udp' ? ' udp' : ''};
    proxy_pass servers;
    proxy_connect_timeout 5s;
    proxy_timeout ${route.protocol === 'udp' ? '60s' : '1h'};
  }
}
`

export function nginx(): Contender {
  const command = program('nginx')
  const about = spawnSync(command, ['-V'], { encoding: 'utf8' }).stderr
  const modules = /--modules-path=(\S+)/.exec(about)?.[1] ?? '/usr/lib/nginx/modules'
  const args = (file: string, folder: string) => ['-p', folder, '-e', 'stderr', '-c', file]
  return {
    name: 'nginx',
    version: /nginx\/(\S+)/.exec(about)?.[1] ?? 'unknown',
    protocols: ['tcp', 'udp'],
    start: (route) => startProxy({ command, args, config: config(modules) }, route),
  }
}
