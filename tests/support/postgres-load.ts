/** Clients of PostgreSQL as applications are: they write and read, and try again when something goes wrong. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** One statement that the server has acknowledged. */
export interface Answer {
  /** Unix time, ms. */
  readonly at: number
  /** Position of the client among those of its kind. */
  readonly client: number
  /** Of a writer: counts its statements, also those that failed. */
  readonly number: number
  /** The server that answered, by its own word. */
  readonly port: number
  /** A replica. */
  readonly follows: boolean
}

export interface Failure {
  readonly at: number
  readonly client: number
  /** SQLSTATE or errno where there is one. */
  readonly code: string
  readonly words: string
}

/** SQLSTATE read_only_sql_transaction: a write has come to a replica. */
export const READ_ONLY = '25006'
const PATIENCE_MS = 30_000
const RETRY_MS = 20

export const PREPARE_FOR_WRITERS = `
create table written (client int, number int, at timestamptz default clock_timestamp(), primary key (client, number))`
const WHO = 'inet_server_port() as port, pg_is_in_recovery() as follows'
const WRITE = `insert into written (client, number) values ($1, $2) returning ${WHO}`
const READ = `select ${WHO}, $1::int, $2::int from pgbench_branches`

export interface LoadOptions {
  readonly port: number
  readonly does: 'write' | 'read'
  readonly clients: number
  /** Statements before a client connects anew; absent where it never does unless it must. */
  readonly perConnection?: number
  /** Between two statements of a client. */
  readonly pauseMs: number
}

interface Row {
  readonly port: number
  readonly follows: boolean
}

export class PostgresLoad {
  readonly answers: Answer[] = []
  readonly failures: Failure[] = []
  private isRunning = true
  private readonly loops: Promise<void>[]

  constructor(private readonly options: LoadOptions) {
    this.loops = Array.from({ length: options.clients }, (_, client) => this.live(client))
  }

  /** When each client had its first answer from a time (Unix, ms) on; undefined for one that had none. */
  firstAnswersSince(at: number): readonly (Answer | undefined)[] {
    return this.loops.map((_, client) => this.answers.find((answer) => answer.client === client && answer.at >= at))
  }

  /** Resolves when every client has said good-bye. */
  async stop(): Promise<void> {
    this.isRunning = false
    await Promise.all(this.loops)
  }

  private async live(client: number): Promise<void> {
    const numbers = new Numbers()
    while (this.isRunning) {
      try {
        await this.useConnection(client, numbers)
      } catch (error) {
        this.failures.push(failure(client, error))
        await sleep(RETRY_MS)
      }
    }
  }

  private async useConnection(client: number, numbers: Numbers): Promise<void> {
    const { port, perConnection = Number.POSITIVE_INFINITY } = this.options
    const to = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' }
    const connection = new Client({ ...to, connectionTimeoutMillis: PATIENCE_MS })
    connection.on('error', () => {}) // the statement under way fails, too
    try {
      await connection.connect()
      for (let used = 0; this.isRunning && used < perConnection; used++) {
        await this.state(connection, client, numbers.next())
      }
    } finally {
      await connection.end().catch(() => {})
    }
  }

  private async state(connection: Client, client: number, number: number): Promise<void> {
    const { does, pauseMs } = this.options
    const { rows } = await connection.query<Row>(does === 'write' ? WRITE : READ, [client, number])
    const [row] = rows
    if (!row) throw new Error('an answer without a row')
    this.answers.push({ at: Date.now(), client, number, port: row.port, follows: row.follows })
    await sleep(pauseMs)
  }
}

/** None is given out twice: whether a statement that failed was carried out is not known. */
class Numbers {
  private last = -1

  next(): number {
    this.last++
    return this.last
  }
}

function failure(client: number, error: unknown): Failure {
  const words = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'closed'
  return { at: Date.now(), client, code, words }
}
