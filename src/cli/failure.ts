import { EXIT, type ExitCode } from './exit-codes.js'

/** A command that ends without success, for a reason that the user can act on. The message is all that is printed. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.failed,
  ) {
    super(message)
  }
}
