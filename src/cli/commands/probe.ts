import type { Command } from 'commander'
import type { ProbeDocument } from '../../control/health/probe-once.js'
import { probeLines } from '../../control/health/probe-words.js'
import { EXIT } from '../exit-codes.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { SERVER_ARGUMENT, wordOf } from './server-word.js'

interface Options extends RemoteOptions {
  readonly config?: string
}

export function addProbe(program: Command, invocation: Invocation): void {
  const command = program
    .command('probe')
    .description('probe a server once: each step with its time, and the verdict; exit code 0 when it passed')
    .argument(SERVER_ARGUMENT)
    .option('-c, --config <file>', 'from here, as this config file has it; needs no daemon')
  invocation.remote(command).action((server: string, options: Options) => probe(server, options, invocation))
}

/** The daemon answers when the probe has ended, and that by its own timeout. */
const PATIENCE_MS = 86_400_000

async function probe(server: string, { socket, json, config }: Options, invocation: Invocation): Promise<void> {
  const document =
    config === undefined
      ? await invocation.daemon(socket).ask<ProbeDocument>(`probe ${wordOf(server)}`, PATIENCE_MS)
      : await probeFromHere(config, server, invocation)
  if (!document.passed) invocation.end(EXIT.failed)
  if (json) return invocation.printJson(document)
  const { paint } = invocation.style
  const lines = probeLines(document, (words, passed) => paint(words, passed ? 'green' : 'red'))
  invocation.print(`${lines.join('\n')}\n`)
}

async function probeFromHere(file: string, server: string, { io }: Invocation): Promise<ProbeDocument> {
  const { probeByConfig } = await import('../probe-by-config.js')
  return probeByConfig(file, server, io.env)
}
