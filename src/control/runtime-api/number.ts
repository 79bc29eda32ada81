/** Numbers as commands take them: digits and nothing else, unlike HAProxy, which reads `12abc` as 12 and `70000` as a port. */

const LARGEST_PORT = 65_535

/** Undefined when `text` is missing, no whole number, or beyond `most`. */
export function wholeNumber(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  const value = Number(text)
  return value <= most ? value : undefined
}

/** 1 to 65535. */
export function portNumber(text: string | undefined): number | undefined {
  return wholeNumber(text, LARGEST_PORT) || undefined
}
