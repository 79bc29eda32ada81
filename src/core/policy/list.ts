/** Every policy there is: schema, docs, help and the test suites read this list. A new one is a file and a line here. */
import { first } from './first.js'
import { leastConn } from './least-conn.js'
import { maglev } from './maglev.js'
import type { PolicyDefinition } from './policy.js'
import { random } from './random.js'
import { roundRobin } from './round-robin.js'
import { source } from './source.js'

export const POLICIES: readonly PolicyDefinition[] = [roundRobin, leastConn, random, source, maglev, first]

export const policyNames: readonly string[] = POLICIES.map((policy) => policy.name)

export function findPolicy(name: string): PolicyDefinition | undefined {
  return POLICIES.find((policy) => policy.name === name)
}
