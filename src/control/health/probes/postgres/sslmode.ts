/** What `sslmode` asks for, as in libpq: section "SSL Mode Descriptions" of PostgreSQL's manual. */
import type { ServerName } from '../probe.js'
import type { ProbeReason } from '../reasons.js'
import type { TlsSettings } from '../tls-options.js'
import type { PostgresLogin, SslMode } from './settings.js'

/** `if-offered`: TLS, and plain on the same connection where the server has none. */
export type Encryption = 'none' | 'if-offered' | 'tls'

/** What to try, and what to try after it where the server wants something else. */
export function encryptions(mode: SslMode): readonly [Encryption, Encryption?] {
  if (mode === 'disable') return ['none']
  if (mode === 'allow') return ['none', 'tls']
  return mode === 'prefer' ? ['if-offered', 'none'] : ['tls']
}

/** Reasons that may be gone with other encryption. libpq tries wrong passwords twice too; this would count as two. */
export const WORTH_ANOTHER_TRY: ReadonlySet<ProbeReason> = new Set([
  'denied',
  'tls-refused',
  'tls-failed',
  'certificate',
])

/**
 * A root certificate that is given is used in every mode, as in libpq.
 * @param server with its host name, where it was declared by one: `verify-full` looks for that
 */
export function tlsOf({ sslmode, sslrootcert, sslcert, sslkey }: PostgresLogin, server?: ServerName): TlsSettings {
  const verify = sslmode === 'verify-full' ? 'full' : sslmode === 'verify-ca' || sslrootcert ? 'ca' : 'none'
  const serverName = server?.address?.family === 'name' ? server.address.host : undefined
  return { verify, caFile: sslrootcert, certFile: sslcert, keyFile: sslkey, serverName }
}
