/** Colours of a terminal (ECMA-48, SGR). */
const CODES = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const
export type Colour = keyof typeof CODES

export type Paint = (text: string, colour: Colour) => string

export function painter(isColoured: boolean): Paint {
  return isColoured ? (text, colour) => `\x1b[${CODES[colour]}m${text}\x1b[0m` : (text) => text
}
