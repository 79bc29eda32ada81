import type { Command } from 'commander'
import type { WeightChange } from '../../control/runtime-api/commands/set-weight.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { SERVER_ARGUMENT, wordOf } from './server-word.js'

const HEAVIEST = 256

export function addWeight(program: Command, invocation: Invocation): void {
  const command = program.command('weight').description("show or set a server's weight")
  invocation
    .remote(
      command.argument(SERVER_ARGUMENT).argument('[weight]', '0 to 256, or a percentage of the configured weight: 50%'),
    )
    .action((server: string, weight: string | undefined, options: RemoteOptions) =>
      weight === undefined ? showWeight(server, options, invocation) : setWeight(server, weight, options, invocation),
    )
}

async function showWeight(server: string, { socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const found = await invocation
    .daemon(socket)
    .ask<{ server: string; weight: number; configured: number }>(`get weight ${wordOf(server)}`)
  if (json) invocation.printJson(found)
  else invocation.print(`${found.server}: weight ${found.weight}${configuredWords(found.weight, found.configured)}\n`)
}

async function setWeight(
  server: string,
  weight: string,
  { socket, json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  if (!/^\d+%?$/.test(weight) || (!weight.endsWith('%') && Number(weight) > HEAVIEST)) {
    throw new Failure(`"${weight}" is no weight: expected 0 to ${HEAVIEST}, or a percentage such as 50%`, EXIT.usage)
  }
  const daemon = invocation.daemon(socket)
  const change = await daemon.ask<WeightChange>(`set server ${wordOf(server)} weight ${weight}`)
  if (json) invocation.printJson(change)
  else invocation.print(`${weightWords(change, daemon)}\n`)
}

/** Without a line feed. */
export function weightWords({ server, was, is, configured }: WeightChange, { flag }: DaemonClient): string {
  if (was === is) return `${server}: weight ${is} already, nothing changed${configuredWords(is, configured)}`
  const idle = is === 0 ? ', no new sessions' : ''
  const undo = `Undo: headgate weight ${server} ${was}${flag}`
  return `${server}: weight ${was} → ${is}${configuredWords(is, configured)}${idle}. ${undo}`
}

function configuredWords(weight: number, configured: number): string {
  return weight === configured ? '' : ` (configured ${configured})`
}
