/** How many files and sockets this process may have open (getrlimit(2), RLIMIT_NOFILE). */
import { readFileSync } from 'node:fs'

/**
 * Node's loader opens our files side by side, some 95 at the most (zod's languages), and names whichever it could not as
 * missing: said before, it is plain.
 */
const LEAST_TO_LOAD = 128

/** What to tell a user whose limit is too low for the program to load; undefined when it is not, or cannot be known. */
export function tooFewDescriptors(): string | undefined {
  const limit = descriptorLimit()
  if (limit === undefined || limit >= LEAST_TO_LOAD) return undefined
  const advice = 'raise the limit (ulimit -n, LimitNOFILE= under systemd)'
  return `${limit} file descriptors are too few to start, at least ${LEAST_TO_LOAD} are needed: ${advice}`
}

/** proc(5), `/proc/pid/limits`: the soft limit, which Node has raised to the hard one by now. */
function descriptorLimit(): number | undefined {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return undefined
  }
}
