import type { Command } from 'commander'
import type { PauseChange } from '../../control/runtime-api/commands/pause-change.js'
import { formatDuration } from '../../core/duration.js'
import { count } from '../format/count.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { wordOf } from './server-word.js'

export function addResume(program: Command, invocation: Invocation): void {
  const command = program.command('resume').description('end the pause of a backend: who waited gets a server')
  invocation
    .remote(command.argument('<backend>'))
    .action((backend: string, options: RemoteOptions) => resume(backend, options, invocation))
}

async function resume(backend: string, { socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(socket)
  const change = await daemon.ask<PauseChange>(`resume backend ${wordOf(backend)}`)
  if (json) invocation.printJson(change)
  else invocation.print(`${resumeWords(change, daemon.flag)}\n`)
}

function resumeWords({ backend, was, waiting, serving }: PauseChange, flag: string): string {
  if (was?.state !== 'paused') return `${backend}: not paused, nothing changed`
  const waited = waiting > 0 ? `, ${count(waiting, 'session')} waited` : ''
  // it lasts until the pause would have ended
  const fate =
    serving === 0 ? '. It has no server in rotation: they wait on for one, until the timeout of the pause' : ''
  const undo = `Undo: headgate pause ${backend} --timeout ${formatDuration(was.timeoutMs)}${flag}`
  return `${backend}: paused → open${waited}${fate}. ${undo}`
}
