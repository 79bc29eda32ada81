/** A tree against the schema. */
import type * as z from 'zod'
import type { Substituted } from './environment.js'
import { explain } from './explain.js'
import type { Problem } from './problem.js'
import { isTable, type Path, pathKey, type Table, type Value } from './tree.js'

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
  let typed: Value = tree
  for (const { path } of problems) {
    const text = whole.get(pathKey(path))
    if (text === undefined) continue
    if (/^-?\d{1,15}$/.test(text)) typed = replace(typed, path, Number(text))
    else if (text === 'true' || text === 'false') typed = replace(typed, path, text === 'true')
  }
  return typed !== tree && isTable(typed) ? typed : undefined
}

function replace(value: Value, [step, ...rest]: Path, by: Value): Value {
  if (step === undefined) return by
  if (Array.isArray(value)) return value.map((item: Value, i) => (i === step ? replace(item, rest, by) : item))
  if (!isTable(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, at]) => [key, key === step ? replace(at, rest, by) : at]))
}
