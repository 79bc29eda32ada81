#!/usr/bin/env node
/** The process edge: arguments in, exit code out, and no stack trace for anybody who did not ask for one. */
import { tooFewDescriptors } from './cli/descriptor-limit.js'

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
  process.exit(1)
})
// whoever reads us through `head` has seen enough
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// loaded here, not above: what fails while it loads would be told with a stack trace
const { run } = await import('./cli/cli.js')
process.exitCode = await run(process.argv.slice(2), process)
