/** What a config file can write. */

/** Undefined: the key has no value and no default. */
export type Written = string | number | boolean | readonly Written[] | WrittenTable | undefined
export interface WrittenTable {
  readonly [key: string]: Written
}

export function isTable(value: Written): value is WrittenTable {
  return typeof value === 'object' && !Array.isArray(value)
}

/** Called with what destructuring left over: a setting that is new and not yet written does not type-check. */
export function nothingLeft(_rest: { readonly [key: string]: never }): void {}
