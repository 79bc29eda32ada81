/** `configs/headgate.schema.json`: completion and errors while typing, in any editor that knows TOML and JSON Schema. */
import * as z from 'zod'
import { documentSchema } from '../../src/config/schema/document.js'
import { POLICIES } from '../../src/core/policy/list.js'

/** Metadata of the schema's own, not part of JSON Schema. */
interface Extra {
  expected?: unknown
}

/** What the file may say, with `expected` on each value. */
export function describedSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(documentSchema(POLICIES), { io: 'input', unrepresentable: 'any' })
}

export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(documentSchema(POLICIES), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete (jsonSchema as Extra).expected // `meta` put it there
      allowVariable(jsonSchema)
    },
  })
  const { $schema, ...rest } = schema
  return `${JSON.stringify({ $schema, title: 'headgate', ...rest }, null, 2)}\n`
}

const VARIABLE = '\\$\\{'

/** `${VAR}` may stand for any value that is not a table or an array. */
function allowVariable(schema: z.core.JSONSchema.BaseSchema): void {
  const { type, pattern, enum: names } = schema
  if (pattern !== undefined) schema.pattern = `${pattern}|${VARIABLE}`
  if (names === undefined && type !== 'integer' && type !== 'boolean') return
  if ('const' in schema) return
  const { description, default: otherwise, ...value } = schema
  for (const key of Object.keys(value)) delete schema[key]
  schema.anyOf = [value, { type: 'string', pattern: VARIABLE }]
}
