/** wrk, the HTTP load generator, and nginx as the cheapest responder that Debian has. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../tests/support/free-port.js'
import { program } from '../../../tests/support/installed-programs.js'
import { Program } from '../../../tests/support/program.js'
import { temporaryFolder } from '../../../tests/support/temporary-folder.js'
import { untilAnswering } from '../proxies/answering.js'
import type { Servers } from '../workloads/workload.js'

const run = promisify(execFile)

export interface WrkOptions {
  readonly connections: number
  /** One connection for each request. */
  readonly closing: boolean
}

/** @returns requests answered */
export async function wrk(port: number, seconds: number, { connections, closing }: WrkOptions): Promise<number> {
  const header = closing ? ['-H', 'Connection: close'] : []
  const args = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, ...header, `http://127.0.0.1:${port}/`]
  const { stdout } = await run(program('wrk'), args)
  const failures = /Socket errors:.*|Non-2xx.*/.exec(stdout)?.[0]
  if (failures) throw new Error(`wrk saw failures: ${failures}`)
  return Number(/(\d+) requests in/.exec(stdout)?.[1])
}

const config = (folder: string, ports: readonly number[]) => `
worker_processes 1;
daemon off;
pid ${folder}/pid;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  server {
${ports.map((port) => `    listen 127.0.0.1:${port};`).join('\n')}
    return 200 'hello';
  }
}
`

export async function startHttpServers(count = 3): Promise<Servers> {
  const folder = temporaryFolder()
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const file = join(folder.path, 'nginx.conf')
  writeFileSync(file, config(folder.path, ports))
  const nginx = Program.start(program('nginx'), ['-p', folder.path, '-e', 'stderr', '-c', file])
  await Promise.all(ports.map((port) => untilAnswering('tcp', port)))
  return {
    ports,
    async stop() {
      await nginx.stop()
      folder.remove()
    },
  }
}
