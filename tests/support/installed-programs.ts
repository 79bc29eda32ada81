/** Where the programs are that a test or the benchmark starts, and what to say when one is missing. */
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian keeps servers where a plain user's PATH does not look, and PostgreSQL's programs by version. */
function folders(): string[] {
  const path = (process.env.PATH ?? '').split(delimiter)
  return [...path, '/usr/local/sbin', '/usr/sbin', '/sbin', ...postgresqlFolders()]
}

/** Newest version first. */
function postgresqlFolders(): string[] {
  const root = '/usr/lib/postgresql'
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join(root, version, 'bin'))
  } catch {
    return []
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The full path of a program. Throws when it is not installed: skip first with `skipWithout`. */
export function program(name: string): string {
  const found = folders()
    .map((folder) => join(folder, name))
    .find(isExecutable)
  if (!found) throw new Error(`the program ${name} is not installed: run scripts/install-debian-packages as root`)
  return found
}

function isInstalled(name: string): boolean {
  return folders().some((folder) => isExecutable(join(folder, name)))
}

/**
 * For a test's `skip`: the reason when one of the programs is missing, else false. Where HEADGATE_PROGRAMS=required
 * (as in CI) a missing program is an error instead.
 */
export function skipWithout(...names: readonly string[]): string | false {
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length === 0) return false
  const reason = `needs ${missing.join(', ')}: run scripts/install-debian-packages as root`
  if (process.env.HEADGATE_PROGRAMS === 'required') throw new Error(reason)
  return reason
}
