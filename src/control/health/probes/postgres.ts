/** Asks PostgreSQL whether it answers or, logged in, for its role, position and lag. */
import type { PasswordSource } from './password.js'
import { knock } from './postgres/knock.js'
import { logInAndAsk } from './postgres/login.js'
import type { ProbeDefinition } from './probe.js'

export interface PostgresProbeSettings {
  readonly type: 'postgres'
  /** Without it nobody logs in. */
  readonly login?: PostgresLogin | undefined
}

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

export const postgres: ProbeDefinition<PostgresProbeSettings> = {
  type: 'postgres',
  summary: 'asks PostgreSQL whether it answers, or, logged in, for its role and how far it is behind',
  run: (attempt) => {
    const { login } = attempt.settings
    return login ? logInAndAsk(attempt, login) : knock(attempt)
  },
}
