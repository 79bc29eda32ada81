/** Checks as a config file writes them. */
import { formatDuration } from '../../core/duration.js'
import type { AgentConfig, CheckConfig } from '../config.js'
import { bytesText } from '../schema/bytes.js'
import { nothingLeft, type WrittenTable } from './written-table.js'

type Of<Type extends CheckConfig['type']> = Extract<CheckConfig, { type: Type }>
/** The keys that every check has. */
type Schedule = 'intervalMs' | 'fastIntervalMs' | 'timeoutMs' | 'rise' | 'fall' | 'port'
type Own<Check> = Check extends unknown ? Omit<Check, Schedule> : never

export function checkKeys(check: CheckConfig): WrittenTable {
  const { intervalMs, fastIntervalMs, timeoutMs, rise, fall, port, ...own } = check
  return {
    type: check.type,
    interval: formatDuration(intervalMs),
    fast_interval: formatDuration(fastIntervalMs),
    timeout: formatDuration(timeoutMs),
    rise,
    fall,
    port,
    ...ownKeys(own),
  }
}

function ownKeys(check: Own<CheckConfig>): WrittenTable {
  switch (check.type) {
    case 'tcp':
      return {}
    case 'udp':
      return datagramKeys(check)
    case 'agent':
      return { send: check.send && bytesText(check.send) }
    case 'exec':
      return { command: check.command }
    case 'postgres':
      return 'login' in check ? loginKeys(check.login) : {}
    case 'mysql':
      return mysqlKeys(check)
    case 'redis':
      return redisKeys(check)
    case 'http':
      return httpKeys(check)
    case 'patroni':
      return { tls: check.tls && tlsKeys(check.tls) }
    case 'tls':
      return handshakeKeys(check)
  }
}

function datagramKeys({ type: _, send, expect, ...rest }: Own<Of<'udp'>>): WrittenTable {
  nothingLeft(rest)
  return { send: bytesText(send), expect: expect && bytesText(expect) }
}

type LoginOf<Check> = Check extends { readonly login: infer Login } ? Login : never
type Login = LoginOf<Own<CheckConfig>>

function loginKeys(login: Login): WrittenTable {
  const { user, password, database, query, sslmode, sslrootcert, sslcert, sslkey, ...rest } = login
  nothingLeft(rest)
  return { user, ...passwordKeys(password), database, query, sslmode, sslrootcert, sslcert, sslkey }
}

function mysqlKeys(check: Own<Of<'mysql'>>): WrittenTable {
  const { type: _, user, password, tls, database, query, galera, donor, ...rest } = check
  nothingLeft(rest)
  return { user, ...passwordKeys(password), tls: tls && tlsKeys(tls), database, query, galera, donor }
}

function redisKeys({ type: _, user, password, tls, primaryAfterMs, ...rest }: Own<Of<'redis'>>): WrittenTable {
  nothingLeft(rest)
  const primary_after = primaryAfterMs === 0 ? 'off' : formatDuration(primaryAfterMs)
  return { user, ...passwordKeys(password), tls: tls && tlsKeys(tls), primary_after }
}

function httpKeys({ type: _, method, host, paths, statuses, expect, tls, ...rest }: Own<Of<'http'>>): WrittenTable {
  nothingLeft(rest)
  const roles = paths.flatMap((one) => ('role' in one ? [[one.role, one.path]] : []))
  const where = roles.length > 0 ? { roles: Object.fromEntries(roles) } : { path: paths[0]?.path }
  const status = statuses.map(({ from, to }) => (from === to ? from : `${from / 100}xx`))
  return { ...where, method, host, status, expect: expect && bytesText(expect), tls: tls && tlsKeys(tls) }
}

function handshakeKeys({ type: _, tls, minRemainingMs, ...rest }: Own<Of<'tls'>>): WrittenTable {
  nothingLeft(rest)
  return { ...tlsKeys(tls), expires_in: minRemainingMs === undefined ? undefined : formatDuration(minRemainingMs) }
}

/** Where the password is kept; never the password. */
function passwordKeys(password: Of<'redis'>['password']): WrittenTable {
  if (!password) return {}
  return 'file' in password ? { password_file: password.file } : { password_env: password.env }
}

function tlsKeys({ verify, caFile, certFile, keyFile, serverName, ...rest }: Of<'tls'>['tls']): WrittenTable {
  nothingLeft(rest)
  return { verify, ca_file: caFile, cert_file: certFile, key_file: keyFile, server_name: serverName }
}

export function agentKeys({ port, intervalMs, timeoutMs, send, ...rest }: AgentConfig): WrittenTable {
  nothingLeft(rest)
  return {
    port,
    interval: formatDuration(intervalMs),
    timeout: formatDuration(timeoutMs),
    send: send && bytesText(send),
  }
}
