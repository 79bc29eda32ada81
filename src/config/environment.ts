/**
 * `${VAR}` and `${VAR:-default}` in strings, after the TOML is parsed: a value can hold quotes or line breaks and still
 * cannot add a key. `$${` stands for a plain `${`. As in a shell, `:-` also replaces an empty value.
 */
import { Places, type Problem } from './problem.js'
import { isTable, type Path, pathKey, type Table, type Value } from './tree.js'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Substituted {
  readonly tree: Table
  readonly problems: readonly Problem[]
  /** Where substitution failed: nothing else should be said about these places. */
  readonly failed: Places
  /** Strings that are one `${…}` and nothing else, by pathKey: these may stand for numbers and booleans. */
  readonly whole: ReadonlyMap<string, string>
}

/** No key lies deeper; a document that nests further is garbage and not worth a stack overflow. */
const DEEPEST = 12

export function substitute(document: Table, env: Environment): Substituted {
  const problems: Problem[] = []
  const failed = new Places()
  const whole = new Map<string, string>()
  const report = (problem: Problem) => {
    problems.push(problem)
    failed.add(problem.path)
  }

  const walk = (value: Value, path: Path): Value => {
    if (typeof value === 'string') return text(value, path)
    if (path.length > DEEPEST) {
      report({ path, found: 'tables or arrays nested too deep', expected: `at most ${DEEPEST} levels` })
      return ''
    }
    if (Array.isArray(value)) return value.map((item: Value, i) => walk(item, [...path, i]))
    return isTable(value) ? table(value, path) : value
  }
  const table = (from: Table, path: Path): Table => {
    const to: Record<string, Value> = Object.create(null)
    for (const [key, value] of Object.entries(from)) {
      if (key === '__proto__') report({ path: [...path, key], onKey: true, ...FORBIDDEN })
      else to[key] = walk(value, [...path, key])
    }
    return to
  }
  const text = (from: string, path: Path): string => {
    const read = expand(from, env)
    if (typeof read !== 'string') report({ path, ...read })
    else if (from !== read && WHOLE.test(from)) whole.set(pathKey(path), read)
    return typeof read === 'string' ? read : from
  }
  return { tree: table(document, []), problems, failed, whole }
}

const FORBIDDEN = { found: 'a name that JavaScript reserves', expected: 'another name' }
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}|\$\{/g
const WHOLE = /^\$\{[^{}]*\}$/

type Failure = Pick<Problem, 'expected' | 'fix'>

function expand(text: string, env: Environment): string | Failure {
  let failure: Failure | undefined
  const expanded = text.replace(REFERENCE, (match, name: string | undefined, otherwise: string | undefined) => {
    if (match === '$${') return '${'
    if (name === undefined) failure ??= MALFORMED
    else {
      const value = Object.hasOwn(env, name) ? env[name] : undefined
      if (value !== undefined && (value !== '' || otherwise === undefined)) return value
      if (otherwise !== undefined) return otherwise
      failure ??= { expected: `the environment variable ${name} to be set`, fix: `or give a default: \${${name}:-…}` }
    }
    return ''
  })
  return failure ?? expanded
}

const MALFORMED: Failure = { expected: `\${NAME} or \${NAME:-default}`, fix: `write $\${ for a plain \${` }
