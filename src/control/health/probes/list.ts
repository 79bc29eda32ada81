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

/** Loads what a probe needs, and else would wait for; undefined where that is nothing. */
export function loadProbe(settings: ProbeSettings): Promise<unknown> | undefined {
  return definitionOf(settings.type).load?.(settings)
}

/** Runs the probe that the settings name. */
export function probe(attempt: Attempt<ProbeSettings>): Promise<Finding> {
  return definitionOf(attempt.settings.type).run(attempt)
}

function definitionOf(type: ProbeSettings['type']): ProbeDefinition<ProbeSettings> {
  const definition = PROBES.find((one) => one.type === type)
  if (!definition) throw new Error(`no probe of type ${type}`)
  // it is given settings of its own type only, which the compiler cannot follow
  return definition as unknown as ProbeDefinition<ProbeSettings>
}
