#!/usr/bin/env node
/** The process edge: arguments in, exit code out, and no stack trace for anybody who did not ask for one. */
import { run } from './cli/cli.js'

function internalError(error: unknown): void {
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

process.exitCode = await run(process.argv.slice(2), process)
