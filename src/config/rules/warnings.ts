/** What is allowed, and probably not meant. */
import { formatAddress } from '../../core/address.js'
import { oneOf } from '../one-of.js'
import type { BackendOutline, Outline } from '../outline.js'
import type { Problem } from '../problem.js'
import type { PolicyInfo } from '../schema/backend.js'
import { type Path, stringAt } from '../tree.js'

export function findWarnings({ backends }: Outline, policies: readonly PolicyInfo[]): readonly Problem[] {
  return backends.flatMap((backend) => [
    ...unused(backend),
    ...idle(backend),
    ...sameAddresses(backend),
    ...uselessKey(backend, policies),
    ...uselessRebalance(backend, policies),
  ])
}

function unused({ name, frontends }: BackendOutline): readonly Problem[] {
  if (frontends.length > 0) return []
  return [{ path: ['backends', name], onKey: true, found: 'no frontend that names it', expected: 'at least one' }]
}

function idle({ name, servers }: BackendOutline): readonly Problem[] {
  if (servers.some(({ weight }) => weight !== 0)) return []
  const path = ['backends', name, 'servers']
  return [{ path, onKey: true, found: 'only servers of weight 0', expected: 'one that takes sessions' }]
}

function sameAddresses({ servers }: BackendOutline): readonly Problem[] {
  const first = new Map<string, Path>()
  return servers.flatMap(({ path, address }) => {
    if (!address) return []
    const text = formatAddress(address)
    const other = first.get(text)
    if (!other) first.set(text, path)
    const expected = 'an address that no other server of this backend has'
    return other ? [{ path: [...path, 'address'], expected, first: other }] : []
  })
}

function uselessKey({ name, keys }: BackendOutline, policies: readonly PolicyInfo[]): readonly Problem[] {
  const policy = stringAt(keys, 'policy') ?? 'round-robin'
  if (keys.key === undefined || policies.some((one) => one.name === policy && one.keyed)) return []
  const keyed = policies.filter((one) => one.keyed).map((one) => one.name)
  return [{ path: ['backends', name, 'key'], expected: `a policy that uses it: ${keyed.join(' or ')}` }]
}

function uselessRebalance({ name, keys }: BackendOutline, policies: readonly PolicyInfo[]): readonly Problem[] {
  const policy = stringAt(keys, 'policy') ?? 'round-robin'
  const levelling = policies.filter((one) => one.levels).map((one) => one.name)
  if (keys.rebalance === undefined || levelling.includes(policy)) return []
  const expected = `a policy that gives each server its share by weight: ${oneOf(levelling)}`
  return [{ path: ['backends', name, 'rebalance'], expected }]
}
