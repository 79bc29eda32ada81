/** Real PostgreSQL servers in temporary folders, on loopback only, as the user `postgres` when this process is root. */
import { execFile, execFileSync } from 'node:child_process'
import { chownSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, accountOf, type DatabaseServers, runToEnd, startServers } from './database-servers.js'
import { freePort } from './free-port.js'
import { program } from './installed-programs.js'
import { Program } from './program.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** For `skipWithout`. */
export const POSTGRES_PROGRAMS = ['initdb', 'postgres', 'pgbench', 'psql', 'pg_basebackup'] as const

const READY = /database system is ready to accept (?:read-only )?connections/
const SETTINGS = {
  fsync: 'off',
  shared_buffers: '16MB',
  max_connections: '100',
  log_connections: 'on',
  listen_addresses: '127.0.0.1',
} as const

export class PostgresServer {
  private running: Program | undefined

  constructor(
    readonly port: number,
    private readonly data: string,
    private readonly account: Account | undefined,
  ) {}

  /**
   * Resolves when it takes connections.
   * @param settings of postgresql.conf, in place of ours
   */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = { ...SETTINGS, unix_socket_directories: this.data, port: `${this.port}`, ...settings }
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.running = Program.start(program('postgres'), ['-D', this.data, ...args], { ...this.account })
    await this.running.line(READY)
  }

  /** Brings the data of this one, which is stopped or dead, in line with another one's, in order to follow it. */
  async rewindTo({ port }: PostgresServer): Promise<void> {
    const source = `host=127.0.0.1 port=${port} user=postgres dbname=postgres`
    await runToEnd('pg_rewind', ['-D', this.data, `--source-server=${source}`, '--no-sync'], this.account)
  }

  /** Its log since its last start. */
  get log(): readonly string[] {
    return this.running?.lines ?? []
  }

  /** Puts a file into its data folder, as secret as a key must be, and returns the path. */
  write(name: string, text: string): string {
    const path = join(this.data, name)
    writeFileSync(path, text, { mode: 0o600 })
    if (this.account) chownSync(path, this.account.uid, this.account.gid)
    return path
  }

  /** As the superuser; what `psql` prints, without a head. */
  async sql(text: string): Promise<string> {
    const args = ['-XAtq', '-h', '127.0.0.1', '-p', `${this.port}`, '-U', 'postgres', '-c', text, 'postgres']
    return (await promisify(execFile)(program('psql'), args)).stdout.trim()
  }

  /** Clients let in since its last start, by its own log. Probes that say nothing are not among them. */
  get authorized(): number {
    return this.running?.lines.filter((line) => line.includes('connection authorized')).length ?? 0
  }

  /** A streaming replica of this one, in a folder beside it; not started. */
  async replica(): Promise<PostgresServer> {
    const port = await freePort()
    const data = `${this.data}-replica-${port}`
    const args = [
      '-D',
      data,
      '-R',
      '-c',
      'fast',
      '--no-sync',
      '-h',
      '127.0.0.1',
      '-p',
      `${this.port}`,
      '-U',
      'postgres',
    ]
    await runToEnd('pg_basebackup', args, this.account)
    return new PostgresServer(port, data, this.account)
  }

  /** SIGKILL, to the postmaster and, as a machine's death would, to the processes of its sessions. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.running?.exited
  }

  /** Nobody answers any more, and no socket closes: as a machine that hangs, until it is killed. */
  freeze(): void {
    this.signal('SIGSTOP')
  }

  private signal(signal: NodeJS.Signals): void {
    const { running } = this
    if (!running) return
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', `${running.pid}`], { encoding: 'utf8' })
    running.kill(signal)
    for (const pid of children.split('\n').map(Number)) if (pid > 0) signalIfAlive(pid, signal)
  }

  /** @param mode `fast` leaves data files that need no recovery; `immediate` leaves what a crash leaves */
  async stop(mode: 'fast' | 'immediate' = 'immediate'): Promise<void> {
    await this.running?.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    this.running = undefined
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it ended by itself when its postmaster died
  }
}

export type PostgresServers = DatabaseServers<PostgresServer>

/** Servers with the same data: one initdb with pgbench's tables at scale 1, copied. */
export async function startPostgres(count: number): Promise<PostgresServers> {
  const owner = accountOf('postgres')
  return startServers(owner, (folder) => copies(count, folder, owner))
}

async function copies(count: number, folder: TemporaryFolder, owner: Account | undefined) {
  const first = join(folder.path, '0')
  await runToEnd('initdb', ['-D', first, '-U', 'postgres', '--auth=trust', '--no-sync', '--locale=C.UTF-8'], owner)
  const server = new PostgresServer(await freePort(), first, owner)
  await server.start()
  await runToEnd(
    'pgbench',
    ['-i', '-q', '-h', '127.0.0.1', '-p', `${server.port}`, '-U', 'postgres', 'postgres'],
    owner,
  )
  await server.stop('fast')

  const servers = [server]
  for (let i = 1; i < count; i++) {
    const data = join(folder.path, `${i}`)
    mkdirSync(data, { mode: 0o700 })
    cpSync(first, data, { recursive: true })
    if (owner) execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, data])
    servers.push(new PostgresServer(await freePort(), data, owner))
  }
  return servers
}
