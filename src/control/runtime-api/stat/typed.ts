/** Rows of `show stat` in HAProxy's `typed` and `json` forms: one field after the other, empty ones left out. */
import { described, type Field, jsonField, typedField } from '../fields/field.js'
import { cellsOf } from './cells.js'
import { columnFacts } from './column-facts.js'
import { COLUMNS, type Row } from './columns.js'

const OBJECTS = ['Frontend', 'Backend', 'Server'] as const

interface Object {
  readonly type: (typeof OBJECTS)[number]
  readonly iid: number
  readonly sid: number
  readonly fields: readonly Field[]
}

/** @param withMeanings `desc` was asked for */
export function asTyped(rows: readonly Row[], withMeanings: boolean): string {
  return rows
    .map(objectOf)
    .map((object) => typedObject(object, withMeanings))
    .join('')
}

/** As JSON.stringify takes it: a list of fields for each row. */
export function asFields(rows: readonly Row[]): object[][] {
  return rows
    .map(objectOf)
    .map(({ type, iid, sid, fields }) =>
      fields.map((field) => ({ objType: type, proxyId: iid, id: sid, ...jsonField(field) })),
    )
}

function typedObject({ type, iid, sid, fields }: Object, withMeanings: boolean): string {
  const lines = fields.map(
    (field) => `${type[0]}.${iid}.${sid}.${typedField(field)}${withMeanings ? described(field) : ''}\n`,
  )
  return lines.join('')
}

/** Places count on over the `-` that parts static columns from those of modules in CSV. */
const NAMED = COLUMNS.map((name, at) => ({ name, at })).filter(({ name }) => name !== '-')
const TYPE = COLUMNS.indexOf('type')
const IID = COLUMNS.indexOf('iid')
const SID = COLUMNS.indexOf('sid')

function objectOf(row: Row): Object {
  const cells = cellsOf(row)
  const type = OBJECTS[Number(cells[TYPE])] ?? 'Server'
  const fields = NAMED.flatMap(({ name, at }, place): Field[] => {
    const value = cells[at] ?? ''
    const facts = columnFacts(name, type === 'Backend')
    return value === '' || !facts ? [] : [{ place, name, value, ...facts }]
  })
  return { type, iid: Number(cells[IID]), sid: Number(cells[SID]), fields }
}
