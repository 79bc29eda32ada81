/** A metric family: what Prometheus shows under one name. Values are read when somebody asks, never before. */

export type LabelName =
  | 'frontend'
  | 'backend'
  | 'server'
  | 'worker'
  | 'direction'
  | 'to'
  | 'reason'
  | 'by'
  | 'state'
  | 'role'
  | 'code'
  | 'version'
  | 'engine'
  | 'node'

export type Labels = { readonly [label in LabelName]?: string }

export type Add = (labels: Labels, value: number) => void

export interface Family {
  readonly name: string
  /** One line for people, with the unit where the name does not tell it. */
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly labels: readonly LabelName[]
  /** Calls `add` once for each combination of labels. */
  collect(add: Add): void
}

export function counter(name: string, help: string, labels: readonly LabelName[], collect: Family['collect']): Family {
  return { name: `headgate_${name}_total`, help, type: 'counter', labels, collect }
}

export function gauge(name: string, help: string, labels: readonly LabelName[], collect: Family['collect']): Family {
  return { name: `headgate_${name}`, help, type: 'gauge', labels, collect }
}

/** Prometheus counts in seconds. */
export function seconds(ms: number): number {
  return ms / 1_000
}

type Collect = Family['collect']

/** Ways to collect over many rows of one kind. */
export interface Over<Row, Counter> {
  /** One value for each row. */
  each(value: (row: Row) => number): Collect
  /** One counter for each row. */
  total(counter: Counter): Collect
  /** For each row one counter for each value of one more label. */
  split(label: LabelName, counters: Readonly<Record<string, Counter>>): Collect
}

/** @param rows asked for at every scrape: they may be others by then */
export function over<Row, Counter>(
  rows: () => readonly Row[],
  labelsOf: (row: Row) => Labels,
  totalOf: (row: Row, counter: Counter) => number,
): Over<Row, Counter> {
  const each = (value: (row: Row) => number) => (add: Add) => {
    for (const row of rows()) add(labelsOf(row), value(row))
  }
  return {
    each,
    total: (counter) => each((row) => totalOf(row, counter)),
    split: (label, counters) => (add) => {
      for (const row of rows()) {
        for (const [value, counter] of Object.entries(counters))
          add({ ...labelsOf(row), [label]: value }, totalOf(row, counter))
      }
    },
  }
}
