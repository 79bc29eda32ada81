/** What is asked of a server that let the probe in, one question after the other. */
import type { Conversation, Found } from '../conversation.js'
import type { DatabaseFinding } from '../probe.js'
import { type Client, Refused } from './client.js'
import type { Greeting } from './greeting.js'
import { GALERA_STATUS, galeraOf, READINESS_VARIABLES, saidNotToServe } from './readiness.js'
import {
  isOn,
  type Replication,
  ROLE_VARIABLES,
  readOnlyBy,
  replicationOf,
  replicationStatements,
  type Variables,
  variablesOf,
} from './replication.js'

/** What the config has to say about it. */
export interface Questions {
  /** The server must be (true) or need not be (false) a ready node of Galera; absent: when it is a node, it must be ready. */
  readonly galera?: boolean | undefined
  /** A node of Galera that gives its state to another serves all the same. */
  readonly donor: boolean
  /** Passes when the first column of its first row is neither NULL, zero nor false. */
  readonly query?: string | undefined
}

export interface Answers {
  /** Undefined for a node of Galera that takes writes: there are as many as nodes, and none is the primary. */
  readonly database: DatabaseFinding | undefined
  /** `primary`, or `replica of 10.0.0.1:3306, 2s behind`. */
  readonly words: string
}

const NODE: Answers = { database: undefined, words: 'a node of Galera in sync' }

const PARSE_ERROR = 1064
const UNKNOWN_VARIABLE = 1193
const NEEDS_PRIVILEGE = 1227

export class Interview {
  constructor(
    private readonly client: Client,
    private readonly conversation: Conversation,
    private readonly greeting: Greeting,
    private readonly at: string,
    private readonly timeoutMs: number,
    private readonly step: (words: string) => void,
  ) {}

  /** Throws `Found` for what does not pass, and what `Client` throws. */
  async hold({ galera, donor, query }: Questions): Promise<Answers> {
    const variables = await this.variables()
    const reason = saidNotToServe(variables)
    if (reason !== undefined) throw this.notReady(reason)
    const isNode = galera ?? isOn(variables.get('wsrep_on'))
    if (isNode) await this.galera(variables, donor)
    const answers = isNode && readOnlyBy(variables).length === 0 ? NODE : await this.role(variables)
    if (query !== undefined) await this.query(query)
    return answers
  }

  private async variables(): Promise<Variables> {
    this.asks('the question for its variables')
    return variablesOf(await this.client.rows(show('VARIABLES', [...ROLE_VARIABLES, ...READINESS_VARIABLES])))
  }

  private async galera(variables: Variables, donor: boolean): Promise<void> {
    if (!isOn(variables.get('wsrep_on'))) throw this.notReady('it is no node of Galera: wsrep_on is OFF')
    this.asks('the question for the state of Galera')
    const status = variablesOf(await this.client.rows(show('STATUS', GALERA_STATUS)))
    const { isReady, words } = galeraOf(status, donor)
    this.step(`Galera: ${words}`)
    if (!isReady) throw this.notReady(words)
  }

  private async role(variables: Variables): Promise<Answers> {
    const by = readOnlyBy(variables)
    this.step(by.length > 0 ? `${by.join(' and ')} on: a replica` : 'takes writes: a primary')
    const replication = await this.replication()
    if (replication !== 'denied' && replication) this.step(replication.words)
    return by.length > 0 ? asReplica(replication, by) : asPrimary(replication)
  }

  /** Undefined: it replicates from nobody. */
  private async replication(): Promise<Replication | 'denied' | undefined> {
    this.asks('the question for its replication')
    for (const statement of replicationStatements(this.greeting)) {
      const rows = await this.unless(this.client.rows(statement), PARSE_ERROR, NEEDS_PRIVILEGE)
      if (rows === NEEDS_PRIVILEGE) return 'denied'
      if (typeof rows !== 'number') return replicationOf(rows)
    }
    return undefined
  }

  /** The server ends the query itself soon after the probe has gone: else queries that hang would pile up there. */
  private async query(sql: string): Promise<void> {
    this.asks('the limit of time for the query')
    await this.unless(this.client.rows(this.limit()), UNKNOWN_VARIABLE)
    this.asks('the query')
    const value = await this.client.first(sql)
    if (value === undefined) throw this.found('query-failed', `${this.at} answered the query without a row`)
    this.step(`the query answered ${value ?? 'NULL'}`)
    if (!isTrue(value)) throw this.found('wrong-answer', `${this.at} answered the query with ${value ?? 'NULL'}`)
  }

  private limit(): string {
    if (this.greeting.isMariaDB) return `SET SESSION max_statement_time = ${this.timeoutMs / 1_000}`
    return `SET SESSION max_execution_time = ${Math.ceil(this.timeoutMs)}`
  }

  /** The number of an error, when it is one of these. */
  private async unless<T>(answer: Promise<T>, ...numbers: readonly number[]): Promise<T | number> {
    try {
      return await answer
    } catch (error) {
      if (error instanceof Refused && numbers.includes(error.refusal.errno)) return error.refusal.errno
      throw error
    }
  }

  private asks(question: string): void {
    this.conversation.asks(question, 'query-timeout')
  }

  private notReady(words: string): Found {
    return this.found('not-ready', `${this.at} is not ready: ${words}`)
  }

  private found(reason: 'not-ready' | 'query-failed' | 'wrong-answer', words: string): Found {
    return this.conversation.found('L7STS', reason, words)
  }
}

function show(what: 'VARIABLES' | 'STATUS', names: readonly string[]): string {
  return `SHOW GLOBAL ${what} WHERE Variable_name IN (${names.map((name) => `'${name}'`).join(', ')})`
}

function asReplica(replication: Replication | 'denied' | undefined, by: readonly string[]): Answers {
  if (!replication) return { database: { role: 'replica' }, words: `replica by ${by.join(', ')}, of nobody` }
  if (replication === 'denied') {
    const words =
      'replica, lag unknown: the user may not see it (it needs REPLICATION CLIENT, in MariaDB REPLICA MONITOR)'
    return { database: { role: 'replica' }, words }
  }
  return { database: { role: 'replica', lagMs: replication.lagMs }, words: replication.words }
}

/** A server that is not read only takes writes, also while it replicates: that is worth a word. */
function asPrimary(replication: Replication | 'denied' | undefined): Answers {
  const isAlone = replication === 'denied' || replication === undefined
  return {
    database: { role: 'primary' },
    words: isAlone ? 'primary' : `primary (read_only is OFF), and ${replication.words}`,
  }
}

/** MySQL has no truth but numbers; a BIT comes as bytes. */
function isTrue(value: string | null): boolean {
  if (value === null) return false
  const text = value.trim().toLowerCase()
  return text !== '' && text !== 'false' && !/^\0+$/.test(value) && Number(text) !== 0
}
