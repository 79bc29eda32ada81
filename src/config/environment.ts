/**
 * `${VAR}` and `${VAR:-default}` in strings, after the TOML is parsed: a value can hold quotes or line breaks and still
 * cannot add a key. `$${` stands for a plain `${`. As in a shell, `:-` also replaces an empty value.
 */
import { Places, type Problem } from './problem.js'
import type { Reference } from './reference.js'
import { isTable, type Path, pathKey, type Table, type Value } from './tree.js'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Substituted {
  readonly tree: Table
  readonly problems: readonly Problem[]
  /** Where substitution failed: nothing else should be said about these places. */
  readonly failed: Places
  /** Strings that are one `${…}` and nothing else, by pathKey: these may stand for numbers and booleans. */
  readonly whole: ReadonlyMap<string, string>
  /** Every string that names a variable, in the order of the file. */
  readonly references: readonly Reference[]
}

export function substitute(document: Table, env: Environment): Substituted {
  const walk = new Walk(env)
  const tree = walk.table(document, [])
  return { tree, problems: walk.problems, failed: walk.failed, whole: walk.whole, references: walk.references }
}

/** No key lies deeper; a document that nests further is garbage and not worth a stack overflow. */
const DEEPEST = 12

class Walk {
  readonly problems: Problem[] = []
  readonly failed = new Places()
  readonly whole = new Map<string, string>()
  readonly references: Reference[] = []

  constructor(private readonly env: Environment) {}

  table(from: Table, path: Path): Table {
    const to: Record<string, Value> = Object.create(null)
    for (const [key, value] of Object.entries(from)) {
      const at = [...path, key]
      if (key !== '__proto__') to[key] = this.value(value, at)
      else this.fail({ path: at, onKey: true, found: 'a name that JavaScript reserves', expected: 'another name' })
    }
    return to
  }

  private value(value: Value, path: Path): Value {
    if (typeof value === 'string') return this.text(value, path)
    if (path.length > DEEPEST) {
      this.fail({ path, found: 'tables or arrays nested too deep', expected: `at most ${DEEPEST} levels` })
      return ''
    }
    if (Array.isArray(value)) return value.map((item: Value, i) => this.value(item, [...path, i]))
    return isTable(value) ? this.table(value, path) : value
  }

  private text(text: string, path: Path): string {
    const expanded = expand(text, this.env)
    if (typeof expanded !== 'string') {
      this.fail({ path, ...expanded })
      return text
    }
    if (WHOLE.test(text)) this.whole.set(pathKey(path), expanded)
    if (namesVariable(text)) this.references.push({ path, text })
    return expanded
  }

  private fail(problem: Problem): void {
    this.problems.push(problem)
    this.failed.add(problem.path)
  }
}

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}|\$\{/g
const WHOLE = /^\$\{[^{}]*\}$/

function namesVariable(text: string): boolean {
  return [...text.matchAll(REFERENCE)].some(([, name]) => name !== undefined)
}

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
