/** Who logs in to PostgreSQL, how, and what for. */
import type { PasswordSource } from '../password.js'

/** As in libpq, section "SSL Mode Descriptions" of PostgreSQL's manual. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

export interface PostgresLogin {
  readonly user: string
  readonly password?: PasswordSource | undefined
  readonly database: string
  /** Passes where it gives a row whose first column is neither false nor null. */
  readonly query?: string | undefined
  readonly sslmode: SslMode
  /** Certificates of the authorities that the server's must come from. */
  readonly sslrootcert?: string | undefined
  /** Of the probe itself; with `sslkey` or not at all. */
  readonly sslcert?: string | undefined
  readonly sslkey?: string | undefined
}
