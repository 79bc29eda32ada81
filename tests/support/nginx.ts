/** A real nginx in a temporary folder, on loopback only. */
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Certificate } from './certificates.js'
import { eventually } from './eventually.js'
import { freePort } from './free-port.js'
import { program } from './installed-programs.js'
import { Program } from './program.js'
import { temporaryFolder } from './temporary-folder.js'

/** For `skipWithout`. */
export const NGINX_PROGRAMS = ['nginx'] as const

export interface Nginx {
  readonly port: number
  stop(): Promise<void>
}

/** @param locations of its one server, in nginx's words */
export async function startNginx(locations: string, certificate?: Certificate): Promise<Nginx> {
  const folder = temporaryFolder()
  const file = (name: string) => join(folder.path, name)
  const port = await freePort()
  const secure = certificate
    ? `ssl_certificate ${certificate.certFile}; ssl_certificate_key ${certificate.keyFile};`
    : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    file('nginx.conf'),
    `daemon off; master_process off; pid ${file('pid')}; error_log stderr;
    events { worker_connections 64; }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${file(name)};`).join(' ')}
      server { listen 127.0.0.1:${port} ${certificate ? 'ssl' : ''}; ${secure} ${locations} }
    }`,
  )
  const running = Program.start(program('nginx'), ['-c', file('nginx.conf'), '-e', 'stderr'])
  await eventually('nginx takes connections', () => connects(port))
  return {
    port,
    async stop() {
      await running.stop('SIGTERM')
      folder.remove()
    },
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.once('connect', () => socket.end())
  })
}
