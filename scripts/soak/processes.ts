/** The soak's own processes, servers and clients: started, asked for their tallies, ended. */
import { fileURLToPath } from 'node:url'
import { Program } from '../../tests/support/program.js'
import type { Ports } from './proxy.js'
import { add, newTally, type Tally } from './tally.js'

/** Two processes of clients, so that none waits for the other's stalls of the loop. */
const LOADS = 2
/** A session may stall for a second and then has some megabytes to move, beside all the others. */
const FINISH_WITHIN_MS = 60_000

function start(file: string, ...args: readonly (string | number)[]): Program {
  const script = fileURLToPath(new URL(file, import.meta.url))
  return Program.start(process.execPath, ['--import', 'tsx', script, ...args.map(String)])
}

export async function startServers(): Promise<{ program: Program; ports: Ports }> {
  const program = start('servers.ts')
  // its first line is what it was made to say
  return { program, ports: JSON.parse(await program.line(/^\{"tcp"/)) as Ports }
}

export function startLoads(tcpPort: number, udpPort: number): Program[] {
  return Array.from({ length: LOADS }, () => start('load/main.ts', tcpPort, udpPort))
}

/** What they have told last, added up. */
export function tallyOf(programs: readonly Program[]): Tally {
  return programs.map(lastTally).reduce(add, newTally())
}

function lastTally({ stdout }: Program): Tally {
  const line = stdout.at(-1)
  // these programs print nothing else, save for the servers' first line
  return line?.startsWith('{"sessions"') ? (JSON.parse(line) as Tally) : newTally()
}

/** Lets every session come to its own end. Throws when a program ended in any other way. */
export async function finish(programs: readonly Program[]): Promise<void> {
  const exits = await Promise.all(programs.map((program) => program.stop('SIGTERM', FINISH_WITHIN_MS)))
  for (const [i, { code, signal }] of exits.entries()) {
    if (code !== 0) throw new Error(`a process of the soak ended with ${signal ?? code}:\n${programs[i]?.tail()}`)
  }
}
