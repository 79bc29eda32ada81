/** Counters as they stood at one moment. */
export type Counts<Counter extends string> = ReadonlyMap<Counter, number>

export function countsOf<Counter extends string>(
  names: readonly Counter[],
  total: (name: Counter) => number,
): Counts<Counter> {
  return new Map(names.map((name) => [name, total(name)]))
}
