/** A tree against the schema. */
import type * as z from 'zod'
import type { Substituted } from './environment.js'
import { explain } from './explain.js'
import type { Problem } from './problem.js'
import { mapTable, pathKey, type Table, type Value } from './tree.js'

export type Validated<T> =
  | { readonly keys: T; readonly problems?: never }
  | { readonly keys?: never; readonly problems: readonly Problem[] }

/** Where a key takes a number or a boolean, a string that was nothing but `${VAR}` may stand for one. */
export function validate<T>(schema: z.ZodType<T>, { tree, whole }: Pick<Substituted, 'tree' | 'whole'>): Validated<T> {
  const first = check(schema, tree)
  const typed = first.problems && retype(tree, whole, first.problems)
  return typed ? check(schema, typed) : first
}

function check<T>(schema: z.ZodType<T>, tree: Table): Validated<T> {
  const result = schema.safeParse(tree, { reportInput: true })
  return result.success ? { keys: result.data } : { problems: explain(result.error.issues) }
}

function retype(tree: Table, whole: Substituted['whole'], problems: readonly Problem[]): Table | undefined {
  const typed = new Map<string, Value>()
  for (const { path } of problems) {
    const value = typedValue(whole.get(pathKey(path)))
    if (value !== undefined) typed.set(pathKey(path), value)
  }
  return typed.size === 0 ? undefined : mapTable(tree, (value, path) => typed.get(pathKey(path)) ?? value)
}

function typedValue(text: string | undefined): number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true'
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
}
