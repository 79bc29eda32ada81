/** Logs in to MySQL or MariaDB, and asks for its role, its lag and whether it serves. */
import { formatAddress } from '../../../core/address.js'
import { converse } from './conversation.js'
import { loadMysql2 } from './mysql/client.js'
import type { MysqlProbeSettings } from './mysql/settings.js'
import { type Means, Visit } from './mysql/visit.js'
import { readPassword } from './password.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { tlsOptions } from './tls-options.js'

/**
 * The login is always brought to its end, by a success or the server's refusal: whoever goes before is counted against
 * this machine (`max_connect_errors`). Without a password a refusal passes: the server is alive, its role unknown.
 */
export const mysql: ProbeDefinition<MysqlProbeSettings> = {
  type: 'mysql',
  summary: 'logs in to MySQL or MariaDB, and asks for role, lag and Galera state',
  load: loadMysql2,
  async run(attempt) {
    const means = await prepare(attempt)
    if ('reason' in means) return means
    const [finding, mayNeedTls] = await visit(attempt, means)
    return finding.reason === 'wrong-password' && mayNeedTls ? orTlsRequired(attempt, means, finding) : finding
  },
}

async function visit(attempt: Attempt<MysqlProbeSettings>, means: Means): Promise<readonly [Finding, boolean]> {
  let mayNeedTls = false
  const finding = await converse(attempt, undefined, async (conversation) => {
    const visit = new Visit(attempt, conversation, means)
    const finding = await visit.make()
    mayNeedTls = visit.mayNeedTls
    return finding
  })
  return [finding, mayNeedTls]
}

/** A second look, within the same time: MariaDB, and MySQL where one account requires TLS, say as to a wrong password. */
async function orTlsRequired(attempt: Attempt<MysqlProbeSettings>, means: Means, wrong: Finding): Promise<Finding> {
  const tls = await tlsOptions({ verify: 'none' }, attempt)
  if (!tls.ok) return wrong
  const [again] = await visit({ ...attempt, step() {} }, { ...means, tls: tls.options, isTrusted: false })
  if (!again.passed) return wrong
  const { target, settings } = attempt
  const words = `${formatAddress(target)} lets ${settings.user} in with TLS only`
  return { passed: false, code: 'L7STS', reason: 'tls-required', words }
}

/** Before the connect: a server need not wait for our files. */
async function prepare(attempt: Attempt<MysqlProbeSettings>): Promise<Means | Finding> {
  const { settings } = attempt
  const password = settings.password && (await readPassword(settings.password, attempt))
  if (typeof password === 'object') return password
  const tls = settings.tls && (await tlsOptions(settings.tls, attempt))
  if (tls && !tls.ok) return tls.finding
  const isTrusted = settings.tls !== undefined && settings.tls.verify !== 'none'
  return { mysql2: await loadMysql2(), password, tls: tls?.options, isTrusted }
}
