/** Names of frontends, backends and servers: HAProxy's letters, the first a letter or digit, so that none looks like an option. */

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/** HAProxy's `show stat` has rows of these names in every backend. */
export const RESERVED_NAMES = ['FRONTEND', 'BACKEND']

/** May a server be called so? */
export function isName(text: string): boolean {
  return NAME.test(text) && !RESERVED_NAMES.includes(text)
}
