/** A frontend can ask for a role only where the check of the backend can tell it. */
import { parseDuration } from '../../core/duration.js'
import { parseSize } from '../../core/size.js'
import type { BackendOutline, Outline } from '../outline.js'
import type { Problem } from '../problem.js'
import { ROLE_KEYS } from '../schema/roles.js'
import { stringAt, type Table, tableAt } from '../tree.js'

/** Which checks tell roles, and what they need for it. */
const TELLS: ReadonlyMap<string, (check: Table) => boolean> = new Map([
  ['postgres', hasUser],
  ['mysql', hasUser],
  ['redis', () => true],
  ['exec', () => true],
  ['http', ({ roles }) => roles !== undefined],
  ['patroni', () => true],
])

const FIX = 'give it a check of type postgres or mysql with a user, redis, patroni, exec, or http with roles'

export function checkRoles({ backends }: Outline): readonly Problem[] {
  return backends.flatMap((backend) =>
    tellsRoles(backend) ? lagOfNoBytes(backend) : [...asked(backend), ...strays(backend)],
  )
}

/** Without positions no replica would ever be too far behind. */
function lagOfNoBytes({ name, keys }: BackendOutline): readonly Problem[] {
  const lag = stringAt(keys, 'max_lag') ?? 'off'
  const isSize = parseDuration(lag) === undefined && parseSize(lag) !== undefined
  if (!isSize || stringAt(tableAt(keys, 'check'), 'type') !== 'mysql') return []
  const expected = 'a duration such as "10s", since MySQL does not number its log by bytes'
  return [{ path: ['backends', name, 'max_lag'], expected }]
}

function hasUser({ user }: Table): boolean {
  return user !== undefined
}

function tellsRoles({ keys }: BackendOutline): boolean {
  const check = tableAt(keys, 'check')
  const tells = TELLS.get(stringAt(check, 'type') ?? 'tcp')
  return tells?.(check) ?? false
}

function asked({ name, frontends }: BackendOutline): readonly Problem[] {
  return frontends
    .filter(({ keys }) => (stringAt(keys, 'role') ?? 'any') !== 'any')
    .map((frontend) => ({
      path: ['frontends', frontend.name, 'role'],
      expected: `no role but "any", since the check of backend ${name} cannot tell roles`,
      fix: FIX,
    }))
}

function strays({ name, keys }: BackendOutline): readonly Problem[] {
  return ROLE_KEYS.filter((key) => keys[key] !== undefined).map((key) => ({
    path: ['backends', name, key],
    onKey: true,
    found: 'a key for servers with roles',
    expected: 'a check that can tell them',
    fix: FIX,
  }))
}
