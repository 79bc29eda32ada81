/** The keys with which a check logs in must fit together. */
import type { BackendOutline, Outline } from '../outline.js'
import type { Problem } from '../problem.js'
import { PASSWORD_ALONE } from '../schema/checks/credentials.js'
import { POSTGRES_LOGIN_KEYS } from '../schema/checks/postgres.js'
import { type Path, stringAt, tableAt } from '../tree.js'

export function checkCredentials({ backends }: Outline): readonly Problem[] {
  return backends.flatMap(checkBackend)
}

function checkBackend({ name, keys }: BackendOutline): readonly Problem[] {
  const check = tableAt(keys, 'check')
  const at = (key: string): Path => ['backends', name, 'check', key]
  const type = stringAt(check, 'type') ?? ''
  const places = (['password_file', 'password_env'] as const).filter((key) => check[key] !== undefined)
  const [place, second] = places
  const problems: Problem[] = []
  if (second !== undefined) {
    const expected = 'password_file or password_env'
    problems.push({ path: at(second), onKey: true, found: 'a second place for the password', expected })
  }
  if (check.user !== undefined) return problems
  if (place !== undefined && !PASSWORD_ALONE.includes(type)) problems.push(withoutUser(at(place), 'a password'))
  const strays = type === 'postgres' ? POSTGRES_LOGIN_KEYS.filter((key) => check[key] !== undefined) : []
  return [...problems, ...strays.map((key) => withoutUser(at(key), 'a key for who logs in'))]
}

function withoutUser(path: Path, found: string): Problem {
  return { path, onKey: true, found, expected: 'the key user beside it' }
}
