/** Runs a command of the operator's: its exit code is the verdict, its first line of output the words. */
import { type Address, formatAddress } from '../../../core/address.js'
import { formatDuration } from '../../../core/duration.js'
import { parseDatabaseWords } from './exec/database-words.js'
import { MOST_OUTPUT, type Outcome, runCommand } from './exec/run-command.js'
import { oneLine } from './one-line.js'
import { misconfigured } from './password.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import type { ProbeReason } from './reasons.js'

export interface ExecProbeSettings {
  readonly type: 'exec'
  /** An absolute path, and arguments. */
  readonly command: readonly string[]
}

/**
 * Exit code 0 passes. Nothing of the daemon's environment, no standard input and no descriptor is handed on; where the
 * server is stands in HEADGATE_… variables.
 */
export const exec: ProbeDefinition<ExecProbeSettings> = {
  type: 'exec',
  summary: 'runs a command, whose exit code is the verdict',
  async run(attempt) {
    const { settings, signal, step } = attempt
    const { command } = settings
    const onStart = (pid: number) => step(`started ${command[0]}, pid ${pid}`)
    return conclude(attempt, await runCommand({ command, env: environment(attempt), signal, onStart }))
  },
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function environment({ target, server }: Attempt<ExecProbeSettings>): Record<string, string> {
  return {
    PATH,
    HEADGATE_ADDRESS: formatAddress(target),
    ...hostAndPort(target),
    ...(server && { HEADGATE_BACKEND: server.backend, HEADGATE_SERVER: server.name }),
  }
}

/** A unix socket has neither. */
function hostAndPort(target: Address): Record<string, string> {
  if (target.family === 'unix') return {}
  return { HEADGATE_HOST: target.host, HEADGATE_PORT: String(target.port) }
}

function conclude(attempt: Attempt<ExecProbeSettings>, outcome: Outcome): Finding {
  const { settings, timeoutMs, step } = attempt
  const [file = ''] = settings.command
  switch (outcome.kind) {
    case 'exited': {
      step(`ended with exit code ${outcome.code}`)
      const line = oneLine(outcome.out) || oneLine(outcome.err)
      if (outcome.code === 0) return passed(file, line)
      return failed('wrong-answer', `${file} ended with exit code ${outcome.code}${line && `: ${line}`}`)
    }
    case 'killed':
      return failed('wrong-answer', `${file} was ended by ${outcome.by}`)
    case 'talkative':
      return failed('garbage', `${file} wrote more than ${MOST_OUTPUT} bytes`)
    case 'overdue': {
      const words = `${file} was killed, for it had not ended within ${formatDuration(timeoutMs)}`
      return { passed: false, code: 'PROCTOUT', reason: 'no-answer', words }
    }
    case 'unstarted':
      return unstarted(file, outcome.code)
  }
}

function passed(file: string, line: string): Finding {
  const database = parseDatabaseWords(line)
  if (typeof database === 'string') return failed('wrong-answer', `${file} said ${database}`)
  const words = line || `${file} ended with exit code 0`
  return { passed: true, code: 'PROCOK', reason: 'passed', words, ...(database && { database }) }
}

function failed(reason: ProbeReason, words: string): Finding {
  return { passed: false, code: 'PROCERR', reason, words }
}

/** Of the command itself, whoever it was to probe. */
const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file, or its interpreter is not there',
  ENOTDIR: 'no such file',
  EACCES: 'it may not be executed',
  EPERM: 'it may not be executed',
  ENOEXEC: 'it is no program',
  ELOOP: 'too many symbolic links',
  E2BIG: 'its arguments are too long',
}

function unstarted(file: string, code: string): Finding {
  const fault = FAULTS[code]
  if (fault !== undefined) return misconfigured(`${file} cannot be run: ${fault}`)
  const words = `${file} cannot be run: ${code} on this machine`
  return { passed: false, code: 'SOCKERR', reason: 'no-resources', words }
}
