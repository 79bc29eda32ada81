/** What `headgate init` knows of one kind of database; each is a file beside this one. */
import { formatAddress, type InetAddress, type ServerAddress } from '../../core/address.js'

export interface InitServer {
  readonly name: string
  readonly address: ServerAddress
}

/** What was asked, or given by flags. */
export interface Answers {
  readonly servers: readonly InitServer[]
  /** Where writes are listened for. */
  readonly rw: InetAddress
  /** Where reads are. */
  readonly ro: InetAddress
  /** Who the check logs in as. */
  readonly user: string
  /** Absolute path. */
  readonly passwordFile: string
}

export interface Database {
  /** As commands and the backend are called. */
  readonly name: string
  readonly title: string
  /** Port of the servers where none is said. */
  readonly port: number
  /** Default ports of writes and reads. */
  readonly listen: { readonly rw: number; readonly ro: number }
  /** How many characters a user name may have. */
  readonly longestUser: number
  /** Lines of the frontends, beyond listen, backend and role. */
  readonly frontend: readonly Setting[]
  /** Lines of the backend, beyond policy, endings, waiting, check and servers. */
  readonly backend: readonly Setting[]
  /** Lines of the check, beyond type, user, password_file and its schedule. */
  readonly check: readonly Setting[]
  /** What to run, and where, for a user that may log in and see replication and nothing else. */
  account(answers: Answers): readonly Step[]
  /** For applications. */
  connection(to: InetAddress, use: 'write' | 'read'): string
}

/** One key with the reason for it. */
export interface Setting {
  readonly key: string
  /** As TOML. */
  readonly value: string
  readonly why: string
  /** Written as a comment, to be taken or left. */
  readonly isOptional?: true
}

export interface Step {
  readonly where: string
  readonly lines: readonly string[]
}

/** Where a client of this machine finds it. */
export function reachable({ family, host, port }: InetAddress): string {
  const isEvery = host === '0.0.0.0' || host === '::'
  return formatAddress(isEvery ? { family: 4, host: '127.0.0.1', port } : { family, host, port })
}

/** A string in SQL. */
export function sqlString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** What stands for the password in what is printed: it is in its file and nowhere else. */
export const PASSWORD = 'THE-PASSWORD'
