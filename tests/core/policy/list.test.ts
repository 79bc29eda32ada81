import t from 'tap'
import { findPolicy, POLICIES, policyNames } from '../../../src/core/policy/list.js'

t.test('every policy has a name of its own, in the spelling of the config, and a line for people', (t) => {
  t.equal(new Set(policyNames).size, POLICIES.length)
  for (const { name, summary, algo } of POLICIES) {
    t.match(name, /^[a-z]+(-[a-z]+)*$/)
    t.match(summary, /^[a-z].*[^.]$/)
    t.match(algo, /^[a-z]+$/)
  }
  t.end()
})

t.test('a policy is found by its name and by no other', (t) => {
  for (const policy of POLICIES) t.equal(findPolicy(policy.name), policy)
  for (const name of ['', 'roundrobin', 'Round-Robin', 'toString']) t.equal(findPolicy(name), undefined)
  t.end()
})
