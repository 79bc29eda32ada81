/** Fields of `show info` and `show stat` with their facts, in HAProxy's `typed` and `json` forms: management guide 9.2. */

export const FIELD_TYPES = ['str', 'u32', 's32', 'u64'] as const
export type FieldType = (typeof FIELD_TYPES)[number]

export function isFieldType(text: string): text is FieldType {
  return FIELD_TYPES.some((type) => type === text)
}

export interface FieldFacts {
  /** Origin, nature and scope, a letter each, e.g. `MGP`. */
  readonly tags: string
  readonly type: FieldType
  /** For `desc`. */
  readonly meaning: string
}

export interface Field extends FieldFacts {
  /** Its number, from 0. */
  readonly place: number
  readonly name: string
  readonly value: string | number
}

const ORIGINS: Tags = { M: 'Metric', S: 'Status', K: 'Key', C: 'Config', P: 'Product' }
const NATURES: Tags = {
  A: 'Age',
  a: 'Avg',
  C: 'Counter',
  D: 'Duration',
  G: 'Gauge',
  L: 'Limit',
  M: 'Max',
  N: 'Name',
  O: 'Output',
  R: 'Rate',
}
const SCOPES: Tags = { P: 'Process', S: 'Service' }
type Tags = Readonly<Record<string, string>>

/** `4.scur.1:MGP:u32:0`; the 1 is the process, as there was a time of several. */
export function typedField({ place, name, tags, type, value }: Field): string {
  return `${place}.${name}.1:${tags}:${type}:${value}`
}

/** Behind a field's text, where `desc` was asked for. */
export function described({ meaning }: Field): string {
  return `:"${meaning}"`
}

/** As HAProxy has it, what it leaves out (the meaning) included. */
export function jsonField({ place, name, tags, type, value }: Field) {
  const [origin = '', nature = '', scope = ''] = tags
  return {
    field: { pos: place, name },
    processNum: 1,
    tags: { origin: ORIGINS[origin], nature: NATURES[nature], scope: SCOPES[scope] },
    value: { type, value: type === 'str' ? String(value) : Number(value) },
  }
}
