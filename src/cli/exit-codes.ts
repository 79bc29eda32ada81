/** What `headgate` tells its caller. docs/cli.md and --help repeat them. */
export const EXIT = {
  ok: 0,
  /** Refused or failed; the message says why. */
  failed: 1,
  /** Called wrongly. */
  usage: 2,
  /** The daemon cannot be reached. */
  unreachable: 3,
  /** `--timeout` passed first. */
  timeout: 4,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_HELP = `
Exit codes:
  0  done
  1  refused or failed, or a config with errors
  2  called wrongly
  3  the daemon cannot be reached
  4  --timeout passed first`
