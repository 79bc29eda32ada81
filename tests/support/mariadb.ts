/** Real MariaDB servers in temporary folders, on loopback only, as the user `mysql` when this process is root. */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, accountOf, type DatabaseServers, runToEnd, startServers } from './database-servers.js'
import { freePort } from './free-port.js'
import { program } from './installed-programs.js'
import { Program } from './program.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** For `skipWithout`. */
export const MARIADB_PROGRAMS = ['mariadb-install-db', 'mariadbd', 'mariadb'] as const

/** Words of my.cnf, with dashes. */
export type MariadbConfig = Readonly<Record<string, string | number>>

const READY = /ready for connections/
const CONFIG: MariadbConfig = {
  'bind-address': '127.0.0.1',
  'innodb-buffer-pool-size': '8M',
  'innodb-log-file-size': '4M',
  'innodb-flush-log-at-trx-commit': 0,
  'log-bin': 'log',
  'log-slave-updates': 1,
  'slave-net-timeout': 5,
  'key-buffer-size': '1M',
  'aria-pagecache-buffer-size': '1M',
}
/** Written when the data folder is made. */
const INSTALL = ['--auth-root-authentication-method=normal', '--skip-test-db', '--innodb-log-file-size=4M']

export class MariadbServer {
  private running: Program | undefined

  constructor(
    readonly port: number,
    private readonly data: string,
    private readonly config: MariadbConfig,
    private readonly account: Account | undefined,
  ) {}

  /** Resolves when it takes connections; again, on the same port and with the same data. */
  async start(more: MariadbConfig = {}): Promise<void> {
    const config = { ...CONFIG, ...this.config, ...more, port: this.port, datadir: this.data, socket: this.socket }
    const args = Object.entries(config).map(([name, value]) => `--${name}=${value}`)
    this.running = Program.start(program('mariadbd'), ['--no-defaults', ...args], { ...this.account })
    await this.running.line(READY, 30_000)
  }

  /** Its log since its last start. */
  get log(): readonly string[] {
    return this.running?.lines ?? []
  }

  /** As root: rows of columns, as the client prints them. */
  async sql(statements: string): Promise<readonly (readonly string[])[]> {
    const args = ['--no-defaults', '-u', 'root', '-S', this.socket, '-N', '-B', '-e', statements]
    const { stdout } = await promisify(execFile)(program('mariadb'), args)
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'))
  }

  /** A counter of `SHOW GLOBAL STATUS`. */
  async status(name: string): Promise<number> {
    const [row] = await this.sql(`SHOW GLOBAL STATUS LIKE '${name}'`)
    return Number(row?.[1])
  }

  /** Resolves when it has replayed all that the primary has by now. */
  async catchUp(primary: MariadbServer): Promise<void> {
    const [[position] = []] = await primary.sql('SELECT @@gtid_binlog_pos')
    await this.sql(`SELECT MASTER_GTID_WAIT('${position}', 10)`)
  }

  async kill(): Promise<void> {
    this.running?.kill('SIGKILL')
    await this.running?.exited
  }

  async stop(): Promise<void> {
    await this.running?.stop('SIGTERM')
    this.running = undefined
  }

  private get socket(): string {
    return join(this.data, 's')
  }
}

export type MariadbServers = DatabaseServers<MariadbServer>

/** One server for each config, with the same data. */
export async function startMariadb(...configs: readonly MariadbConfig[]): Promise<MariadbServers> {
  const owner = accountOf('mysql')
  return startServers(owner, (folder) => copies(configs, folder, owner))
}

export interface MariadbPair {
  readonly primary: MariadbServer
  readonly replica: MariadbServer
  stop(): Promise<void>
}

/** A primary and a replica of it, which is read only and has replayed all. */
export async function startMariadbPair(config: MariadbConfig = {}): Promise<MariadbPair> {
  const { servers, stop } = await startMariadb(
    { ...config, 'server-id': 1 },
    { ...config, 'server-id': 2, 'read-only': 1 },
  )
  const [primary, replica] = servers
  if (!primary || !replica) throw new Error('two configs gave no two servers')
  try {
    await primary.sql("CREATE USER repl@'%'; GRANT REPLICATION SLAVE ON *.* TO repl@'%'")
    await follow(replica, primary)
    return { primary, replica, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Makes a server, a former primary too, the replica of another, and resolves when it has replayed all. */
export async function follow(replica: MariadbServer, primary: MariadbServer): Promise<void> {
  const source = `MASTER_HOST='127.0.0.1', MASTER_PORT=${primary.port}, MASTER_USER='repl', MASTER_CONNECT_RETRY=1`
  await replica.sql(
    `STOP SLAVE; CHANGE MASTER TO ${source}, MASTER_USE_GTID=slave_pos, MASTER_DEMOTE_TO_SLAVE=1; START SLAVE`,
  )
  await replica.catchUp(primary)
}

/** A planned switchover: nothing is lost, and for a moment both are read only. */
export async function switchOver(from: MariadbServer, to: MariadbServer): Promise<void> {
  await from.sql('SET GLOBAL read_only = ON')
  await to.catchUp(from)
  await to.sql('STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = OFF')
}

async function copies(configs: readonly MariadbConfig[], folder: TemporaryFolder, owner: Account | undefined) {
  const template = join(folder.path, 'template')
  await runToEnd('mariadb-install-db', ['--no-defaults', `--datadir=${template}`, ...INSTALL], owner)
  const servers: MariadbServer[] = []
  for (const [i, config] of configs.entries()) {
    const data = join(folder.path, `${i}`)
    mkdirSync(data, { mode: 0o700 })
    cpSync(template, data, { recursive: true })
    if (owner) execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, data])
    servers.push(new MariadbServer(await freePort(), data, config, owner))
  }
  return servers
}
