/** A terminal, or a pipe, that a command of `headgate` writes to. */
import { run } from '../../src/cli/cli.js'

export interface Printed {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A terminal of that width; else a pipe. */
  readonly columns?: number
  /** Sees each text as it is printed. */
  readonly watch?: (text: string) => void
}

/** Runs `headgate` with these arguments in this process. */
export async function headgate(
  args: readonly string[],
  { env = {}, columns, watch }: TerminalOptions = {},
): Promise<Printed> {
  let out = ''
  let err = ''
  const terminal = columns === undefined ? {} : { isTTY: true, columns }
  const stdout = {
    ...terminal,
    write(text: string) {
      out += text
      watch?.(text)
    },
  }
  const stderr = { ...terminal, write: (text: string) => (err += text) }
  const code = await run(args, { stdout, stderr, env })
  return { code, out, err }
}
