/** What is wrong with a config, for people and for programs. Plain data, so `JSON.stringify` is the machine's form. */

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
}

/** One error or warning. `found` repeats what the file says, never the value of an environment variable. */
export interface ConfigError extends Partial<Position> {
  /** The file as it was named to headgate. Only where it is meant as a whole (missing, too big) is there no line. */
  readonly file: string
  /** The key, e.g. `backends.replicas.servers[1].weight`; empty where no key is meant. */
  readonly path: string
  /** What stands there, as the file has it. */
  readonly found: string
  /** What may stand there. */
  readonly expected: string
  /** What to do about it. */
  readonly fix?: string
}

/** One line for each error: `headgate.toml:14: backends.replicas.servers[1].weight: found 300, expected …`. */
export function formatConfigErrors(errors: readonly ConfigError[]): string {
  return errors.map((error) => formatLine(error, '')).join('\n')
}

/** As formatConfigErrors, marked as warnings. */
export function formatConfigWarnings(warnings: readonly ConfigError[]): string {
  return warnings.map((warning) => formatLine(warning, 'warning: ')).join('\n')
}

const LAST = Number.MAX_SAFE_INTEGER

/** The order of the file; what names no line comes last. */
export function byPosition(a: Partial<Position>, b: Partial<Position>): number {
  return (a.line ?? LAST) - (b.line ?? LAST) || (a.column ?? LAST) - (b.column ?? LAST)
}

function formatLine({ file, line, path, found, expected, fix }: ConfigError, mark: string): string {
  const where = line === undefined ? file : `${file}:${line}`
  const key = path === '' ? '' : `${path}: `
  return `${where}: ${mark}${key}found ${found}, expected ${expected}${fix === undefined ? '' : `; ${fix}`}`
}
