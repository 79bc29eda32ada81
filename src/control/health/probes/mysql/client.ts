/** The mysql2 package, told everything by hand: what it does by itself is not what a probe wants. */
import type { Connection, ConnectionOptions, RowDataPacket } from 'mysql2'
import { printable } from './greeting.js'
import type { PacketStream } from './packet-stream.js'
import type { Refusal } from './refusal.js'

export type Mysql2 = typeof import('mysql2')

/** Loaded by the first probe: most commands have no use for it. */
export async function loadMysql2(): Promise<Mysql2> {
  const module = await import('mysql2')
  return module.default ?? module
}

export interface Login {
  readonly user: string
  readonly password: string | undefined
  readonly database: string | undefined
  /** The password may be sent as it is, where the server asks for that; else it is encrypted with the server's key. */
  readonly isTrusted: boolean
}

/** The server's own word against a login or a query. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message)
  }
}

/** Answers that mysql2 cannot make sense of. */
export class Nonsense extends Error {}

/** Text of each column, null where SQL says so. */
export type Row = Readonly<Record<string, string | null>>

export class Client {
  private readonly connection: Connection

  constructor(
    mysql2: Mysql2,
    private readonly stream: PacketStream,
    login: Login,
  ) {
    this.connection = mysql2.createConnection(optionsOf(mysql2, stream, login))
    this.connection.on('error', () => {}) // whoever waits is told by itself
  }

  login(): Promise<void> {
    return this.await((done) => this.connection.connect((error) => done(error)))
  }

  /** Rows by the names of their columns. */
  rows(sql: string): Promise<readonly Row[]> {
    return this.await((done) => this.connection.query<RowDataPacket[]>(sql, (error, rows) => done(error, rows)))
  }

  /** First column of the first row; undefined when there is no row. */
  first(sql: string): Promise<string | null | undefined> {
    return this.await((done) => {
      this.connection.query({ sql, rowsAsArray: true }, (error, rows) => done(error, firstOf(rows)))
    })
  }

  /** In order: a server counts clients that go without a word (`Aborted_clients`). */
  quit(): void {
    this.connection.end()
  }

  private async await<T>(run: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => {
      // without an error there is a value: mysql2's types cannot say so
      run((error, value) => (error ? reject(error) : resolve(value as T)))
    })
    try {
      return await Promise.race([this.stream.failed, answer])
    } catch (error) {
      throw this.stream.failure ?? meaningOf(error)
    }
  }
}

function optionsOf(mysql2: Mysql2, stream: PacketStream, login: Login): ConnectionOptions {
  const { user, password = '', database, isTrusted } = login
  return {
    stream,
    user,
    password,
    ...(database !== undefined && { database }),
    connectTimeout: 0, // time is the probe's matter
    flags: ['-LOCAL_FILES'],
    connectAttributes: { program_name: 'headgate' },
    authPlugins: { caching_sha2_password: mysql2.authPlugins.caching_sha2_password({ overrideIsSecure: isTrusted }) },
    disableEval: true,
    typeCast: (field) => field.string(),
  }
}

/** A `CALL` answers with a list of such lists; what is no list has no rows. */
function firstOf(rows: unknown): string | null | undefined {
  const [row] = Array.isArray(rows) ? rows : []
  const first: unknown = Array.isArray(row) ? row[0] : undefined
  if (Array.isArray(first)) return firstOf(row)
  return typeof first === 'string' || first === null ? first : undefined
}

/** A server's errors have a number, mysql2's own have none. */
function meaningOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Nonsense(String(error))
  const message = printable(error.message)
  return 'errno' in error && typeof error.errno === 'number'
    ? new Refused({ errno: error.errno, message })
    : new Nonsense(message)
}
