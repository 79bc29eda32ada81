/** What a config says about a probe of MySQL. */
import type { PasswordSource } from '../password.js'
import type { TlsSettings } from '../tls-options.js'
import type { Questions } from './interview.js'

export interface MysqlProbeSettings extends Questions {
  readonly type: 'mysql'
  /** Without one: a name that no server need know. */
  readonly user?: string | undefined
  readonly password?: PasswordSource | undefined
  readonly database?: string | undefined
  readonly tls?: TlsSettings | undefined
}
