/** Text to a Config, or to everything that is wrong with it. This is where zod and the TOML parsers are loaded. */
import { assemble } from './assemble.js'
import type { Config } from './config.js'
import { type Environment, substitute } from './environment.js'
import { byPosition, type ConfigError } from './errors.js'
import type { Source } from './locate.js'
import { outlineOf } from './outline.js'
import type { Problem } from './problem.js'
import { checkCredentials } from './rules/credentials.js'
import { checkNames } from './rules/names.js'
import { checkProtocols } from './rules/protocols.js'
import { checkRoles } from './rules/roles.js'
import { findWarnings } from './rules/warnings.js'
import type { PolicyInfo } from './schema/backend.js'
import { documentSchema } from './schema/document.js'
import { type Document, readDocument } from './syntax.js'
import { validate } from './validate.js'

export interface ConfigOptions {
  /** For `${VAR}`; the composition root passes `process.env`. */
  readonly env: Environment
  /** The list of policies. */
  readonly policies: readonly PolicyInfo[]
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigError[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[] }

/** @param file the name that errors give to the text */
export async function parseConfig(text: string, file: string, options: ConfigOptions): Promise<ConfigResult> {
  const document = readDocument(text)
  if (!document.tree) return failed(document, file, [])
  const substituted = substitute(document.tree, options.env)
  const outline = outlineOf(substituted.tree)
  const { keys, problems = [] } = validate(documentSchema(options.policies), substituted)
  const others = [
    ...problems,
    ...checkNames(outline),
    ...checkProtocols(outline),
    ...checkRoles(outline),
    ...checkCredentials(outline),
  ]
  const all = [...substituted.problems, ...others.filter(({ path }) => !substituted.failed.covers(path))]
  const source: Source = { file, text: document.text, tree: document.tree }
  if (keys && all.length === 0 && document.problems.length === 0) {
    const warnings = await withLines(findWarnings(outline, options.policies), source)
    return { ok: true, config: assemble(keys, outline, substituted.references), warnings }
  }
  const mended = new Set(document.problems.map(({ line }) => line))
  return failed(document, file, await withLines(all, source, mended))
}

/** @param settled lines that were mended: of these the syntax error has said enough */
async function withLines(problems: readonly Problem[], source: Source, settled: ReadonlySet<number> = new Set()) {
  if (problems.length === 0) return []
  const { locate } = await import('./locate.js')
  return locate(problems, source, (line) => settled.has(line))
}

function failed({ problems }: Document, file: string, errors: readonly ConfigError[]): ConfigResult {
  const syntax = problems.map(({ duplicate: _, ...words }): ConfigError => ({ file, ...words }))
  return { ok: false, errors: [...syntax, ...errors].sort(byPosition) }
}
