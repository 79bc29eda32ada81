/** What is wrong with a config, for people and for programs. Plain data, so `JSON.stringify` is the machine's form. */

/** One error or warning. `found` repeats what the file says, never the value of an environment variable. */
export interface ConfigError {
  /** The file as it was named to headgate. */
  readonly file: string
  /** From 1. Absent only where the file as a whole is meant: it is missing, unreadable or too big. */
  readonly line?: number
  /** From 1, in UTF-16 code units. */
  readonly column?: number
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

/** The order of the file; what is about the whole of it comes first. */
export function byPosition(a: ConfigError, b: ConfigError): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

function formatLine({ file, line, path, found, expected, fix }: ConfigError, mark: string): string {
  const where = line === undefined ? file : `${file}:${line}`
  const key = path === '' ? '' : `${path}: `
  return `${where}: ${mark}${key}found ${found}, expected ${expected}${fix === undefined ? '' : `; ${fix}`}`
}
