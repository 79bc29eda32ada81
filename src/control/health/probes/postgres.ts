/** Asks PostgreSQL whether it answers or, logged in, for its role, position and lag. */
import { knock } from './postgres/knock.js'
import { logInAndAsk } from './postgres/login.js'
import type { PostgresLogin } from './postgres/settings.js'
import type { ProbeDefinition } from './probe.js'

export interface PostgresProbeSettings {
  readonly type: 'postgres'
  /** Without it nobody logs in. */
  readonly login?: PostgresLogin | undefined
}

export const postgres: ProbeDefinition<PostgresProbeSettings> = {
  type: 'postgres',
  summary: 'asks PostgreSQL whether it answers, or, logged in, for its role and how far it is behind',
  load: ({ login }) => login && import('pg'),
  run: (attempt) => {
    const { login } = attempt.settings
    return login ? logInAndAsk(attempt, login) : knock(attempt)
  },
}
