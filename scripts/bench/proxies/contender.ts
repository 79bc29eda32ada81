/** What the benchmark asks of everything that it compares, and how it starts a proxy. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, freeUdpPort } from '../../../tests/support/free-port.js'
import { temporaryFolder } from '../../../tests/support/temporary-folder.js'
import { startOnProxyCore } from '../measure/cores.js'

export type Protocol = 'tcp' | 'udp'

/** Servers on 127.0.0.1, to be balanced round robin. */
export interface Route {
  readonly protocol: Protocol
  readonly ports: readonly number[]
}

export interface RunningProxy {
  /** Where clients connect, on 127.0.0.1. */
  readonly port: number
  /** Its first process; undefined for a direct connection. */
  readonly pid: number | undefined
  /** What it has written to its standard output and standard error. */
  log(): string
  stop(): Promise<void>
}

export interface Contender {
  readonly name: string
  readonly version: string
  readonly protocols: readonly Protocol[]
  /** Resolves when it has been started; the benchmark tries until it answers. */
  start(route: Route): Promise<RunningProxy>
}

export interface ProxyCommand {
  readonly command: string
  /** @param config path of its config file */
  args(config: string, folder: string): string[]
  /** Text of its config file. */
  config(folder: string, port: number, route: Route): string
}

/** On its core, in a folder of its own that goes when it stops, its output into a file there. */
export async function startProxy({ command, args, config }: ProxyCommand, route: Route): Promise<RunningProxy> {
  const folder = temporaryFolder()
  const port = route.protocol === 'udp' ? await freeUdpPort() : await freePort()
  const file = join(folder.path, 'config')
  writeFileSync(file, config(folder.path, port, route))
  const log = join(folder.path, 'log')
  const output = openSync(log, 'a')
  const program = startOnProxyCore(command, args(file, folder.path), { output })
  closeSync(output)
  return {
    port,
    pid: program.pid,
    log: () => readFileSync(log, 'utf8'),
    async stop() {
      await program.stop('SIGTERM', 5_000)
      folder.remove()
    },
  }
}
