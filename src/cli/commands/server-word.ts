import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'

export const SERVER_ARGUMENT = '<backend/server>'

/** A name as one word of a runtime API command. */
export function wordOf(name: string): string {
  if (/[\n\r\0]/.test(name) || name === '') throw new Failure(`"${name}" cannot be a name`, EXIT.usage)
  return name.replace(/[\\; \t]/g, '\\$&')
}
