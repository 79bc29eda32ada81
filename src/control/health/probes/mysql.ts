/** Logs in to MySQL or MariaDB, and asks for its role, its lag and whether it serves. */
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
  async run(attempt) {
    const means = await prepare(attempt)
    if ('reason' in means) return means
    return converse(attempt, undefined, (conversation) => new Visit(attempt, conversation, means).make())
  },
}

/** Before the connect: a server need not wait for our files. */
async function prepare({ settings, target }: Attempt<MysqlProbeSettings>): Promise<Means | Finding> {
  const password = settings.password && (await readPassword(settings.password))
  if (typeof password === 'object') return password
  const tls = settings.tls && (await tlsOptions(settings.tls, target))
  if (tls && !tls.ok) return tls.finding
  return { mysql2: await loadMysql2(), password, tls: tls?.options }
}
