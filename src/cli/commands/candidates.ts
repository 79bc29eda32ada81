import type { Command } from 'commander'
import type { StatusDocument } from '../../control/runtime-api/status/document.js'
import { complete, type Names } from '../completion/candidates.js'
import type { Invocation } from '../invocation.js'

/** Longer than that nobody waits for a completion. */
const PATIENCE_MS = 1_000
const NOBODY: Names = { servers: [], backends: [], frontends: [] }

export function addCandidates(program: Command, invocation: Invocation): void {
  program
    .command('candidates [words...]', { hidden: true })
    .description('what a command line may go on with; for the scripts of headgate completion')
    .action((words: readonly string[]) => candidates(program, words, invocation))
}

async function candidates(program: Command, words: readonly string[], invocation: Invocation): Promise<void> {
  const completion = await complete(program, words, () => namesOf(words, invocation))
  if (completion === 'files') return invocation.print(':files\n')
  invocation.print(completion.map(({ word, about }) => `${word}\t${about}\n`).join(''))
}

/** Of the daemon that the command line aims at. Without one there are no names, and nothing is said. */
async function namesOf(words: readonly string[], invocation: Invocation): Promise<Names> {
  const at = words.indexOf('--socket')
  try {
    const daemon = invocation.daemon(at === -1 ? undefined : words[at + 1])
    const { backends, frontends } = await daemon.ask<StatusDocument>('show status', PATIENCE_MS)
    return {
      servers: backends.flatMap(({ servers }) => servers.map(({ path }) => path)),
      backends: backends.map(({ name }) => name),
      frontends: frontends.map(({ name }) => name),
    }
  } catch {
    return NOBODY
  }
}
