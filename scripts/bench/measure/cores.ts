/** Which core runs what: the proxy has the last one for itself, everything else shares the first. */
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { program } from '../../../tests/support/installed-programs.js'
import { Program, type ProgramOptions } from '../../../tests/support/program.js'

const LOAD_CORE = 0
const PROXY_CORE = availableParallelism() - 1

/** Moves this process, and with it all that it starts from now on, to the core of the load. */
export function moveToLoadCore(): void {
  if (PROXY_CORE === LOAD_CORE) throw new Error('the benchmark needs two cores: one for the proxy, one for the load')
  execFileSync(program('taskset'), ['-a', '-p', '-c', `${LOAD_CORE}`, `${process.pid}`])
}

export function startOnProxyCore(command: string, args: readonly string[], options: ProgramOptions): Program {
  return Program.start(program('taskset'), ['-c', `${PROXY_CORE}`, command, ...args], options)
}
