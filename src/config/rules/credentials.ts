/** The keys with which a check logs in must fit together. */
import type { BackendOutline, Outline } from '../outline.js'
import type { Problem } from '../problem.js'
import { PASSWORD_ALONE } from '../schema/checks/credentials.js'
import { type Path, stringAt, tableAt } from '../tree.js'

export function checkCredentials({ backends }: Outline): readonly Problem[] {
  return backends.flatMap(checkBackend)
}

function checkBackend({ name, keys }: BackendOutline): readonly Problem[] {
  const check = tableAt(keys, 'check')
  const present = (['password_file', 'password_env'] as const).filter((key) => check[key] !== undefined)
  const path: Path = ['backends', name, 'check', present.at(-1) ?? '']
  if (present.length === 2) {
    const fix = 'one of them is enough'
    return [
      { path, onKey: true, found: 'a second place for the password', expected: 'password_file or password_env', fix },
    ]
  }
  const isAlone = present.length === 1 && check.user === undefined
  if (!isAlone || PASSWORD_ALONE.includes(stringAt(check, 'type') ?? '')) return []
  return [{ path, onKey: true, found: 'a password', expected: 'the key user beside it' }]
}
