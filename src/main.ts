#!/usr/bin/env node
/** The process edge: arguments in, exit code out, and no stack trace for anybody who did not ask for one. */
import { tooFewDescriptors } from './cli/descriptor-limit.js'
import { EXIT } from './cli/exit-codes.js'

/** Read now: when descriptors have run out it cannot be. */
const shortage = tooFewDescriptors()

function internalError(error: unknown): void {
  if (shortage !== undefined) {
    process.stderr.write(`headgate: ${shortage}\n`)
    return
  }
  const message = error instanceof Error ? error.message : String(error)
  const trace = process.env.HEADGATE_DEBUG === '1' && error instanceof Error ? `\n${error.stack}` : ''
  const advice = 'This is a fault of headgate: please report it, with what HEADGATE_DEBUG=1 prints.'
  process.stderr.write(`headgate: internal error: ${message}. ${advice}${trace}\n`)
}

process.on('uncaughtException', (error) => {
  internalError(error)
  process.exit(EXIT.failed)
})
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // whoever reads us through `head` has seen enough
  const isRead = code === 'EPIPE'
  if (!isRead) process.stderr.write(`headgate: standard output cannot be written: ${code ?? message}\n`)
  // a command that wrote its last has set its exit code by then; one that would go on has not done all it should
  setImmediate(() => process.exit(isRead ? (process.exitCode ?? EXIT.failed) : EXIT.failed))
})
// nobody is left to tell, but for the exit code
process.stderr.on('error', () => {})

// loaded here, not above: what fails while it loads would be told with a stack trace
const { run } = await import('./cli/cli.js')
process.exitCode = await run(process.argv.slice(2), process)
