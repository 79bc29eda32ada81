/** Where a command reads its surroundings from and writes to, so that tests can stand in for a terminal. */

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Of the terminal. */
  readonly columns?: number
  readonly rows?: number
}

/** A terminal's keyboard (node:tty ReadStream). */
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
}

export interface Io {
  readonly stdin?: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Colour is for people at a terminal who did not ask for none: https://no-color.org */
export function wantsColour({ stdout, env }: Io): boolean {
  return stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}

/** Columns that a line may have; undefined when nobody looks at it on a terminal. */
export function lineWidth({ stdout }: Io): number | undefined {
  return stdout.isTTY ? (stdout.columns ?? 80) : undefined
}
