/** Real Redis servers in temporary folders, on loopback only. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { eventually } from './eventually.js'
import { freePort } from './free-port.js'
import { program } from './installed-programs.js'
import { Program } from './program.js'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js'

/** For `skipWithout`. */
export const REDIS_PROGRAMS = ['redis-server', 'redis-cli'] as const

/** Words of redis.conf; a longer list is several lines of the same word. */
export type RedisConfig = Readonly<Record<string, string | number>>

const READY = /Ready to accept connections/
const CONFIG: RedisConfig = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  'repl-diskless-sync-delay': 0,
  'repl-ping-replica-period': 1,
}

export class RedisServer {
  private running: Program | undefined

  private constructor(
    readonly port: number,
    private readonly folder: TemporaryFolder,
    private readonly config: RedisConfig,
  ) {}

  /** Resolves when it takes connections. */
  static async start(config: RedisConfig = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), temporaryFolder(), config)
    await server.start()
    return server
  }

  /** Again, on the same port and with the same folder. */
  async start(more: RedisConfig = {}): Promise<void> {
    const settings = { port: this.port, dir: this.folder.path, ...CONFIG, ...this.config, ...more }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...words(value)])
    this.running = Program.start(program('redis-server'), args)
    await this.running.line(READY)
  }

  get pid(): number {
    return this.running?.pid ?? 0
  }

  /** As `redis-cli` prints it. */
  async command(...words: readonly string[]): Promise<string> {
    return redisCommand(Number(this.config.port ?? this.port), ...words)
  }

  /** Resolves when the link to the primary stands. */
  async follow(primary: RedisServer): Promise<void> {
    await this.command('REPLICAOF', '127.0.0.1', `${primary.port}`)
    await eventually('the link to the primary stands', async () =>
      (await this.command('INFO', 'replication')).includes('master_link_status:up'),
    )
  }

  /** SIGKILL, as the death of a machine. */
  async kill(): Promise<void> {
    await this.running?.stop('SIGKILL')
    this.running = undefined
  }

  async stop(): Promise<void> {
    await this.kill()
    this.folder.remove()
  }
}

/** An empty string is a word for Redis. */
function words(value: string | number): readonly string[] {
  return value === '' ? [''] : String(value).split(' ')
}

/** A primary, and a replica that follows it. */
export async function startRedisPair(): Promise<readonly [primary: RedisServer, replica: RedisServer]> {
  const [primary, replica] = await Promise.all([RedisServer.start(), RedisServer.start()])
  await replica.follow(primary)
  return [primary, replica]
}

/** One command on a connection of its own, and its reply as `redis-cli` prints it; an error reply is one too. */
export async function redisCommand(port: number, ...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program('redis-cli'), ['-p', `${port}`, ...words])
  return stdout.trim()
}
