/** Every probe there is: a new one is a file beside this one and a line here. */
import { agent } from './agent.js'
import { exec } from './exec.js'
import { http } from './http.js'
import { mysql } from './mysql.js'
import { patroni } from './patroni.js'
import { postgres } from './postgres.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { redis } from './redis.js'
import { tcp } from './tcp.js'
import { tls } from './tls.js'
import { udp } from './udp.js'

export const PROBES = [tcp, udp, postgres, mysql, redis, exec, agent, http, patroni, tls] as const

type SettingsOf<Definition> = Definition extends ProbeDefinition<infer Settings> ? Settings : never

/** The settings of any one probe, told apart by `type`. */
export type ProbeSettings = SettingsOf<(typeof PROBES)[number]>

/** Runs the probe that the settings name. */
export function probe(attempt: Attempt<ProbeSettings>): Promise<Finding> {
  const definition = PROBES.find(({ type }) => type === attempt.settings.type)
  if (!definition) return Promise.reject(new Error(`no probe of type ${attempt.settings.type}`))
  // the settings are this definition's: their types were just found equal, which the compiler cannot follow
  return definition.run(attempt as Attempt<never>)
}
