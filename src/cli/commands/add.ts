import type { Command } from 'commander'
import type { ServerAdded } from '../../control/runtime-api/commands/add-server.js'
import { MOST_SESSIONS } from '../../control/runtime-api/commands/set-maxconn-global.js'
import { parseServerAddress } from '../../core/address.js'
import { wholeNumberTo } from '../arguments.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { SERVER_ARGUMENT, wordOf } from './server-word.js'

interface Options extends RemoteOptions {
  readonly weight: number
  readonly maxSessions: number
  readonly maint?: true
}

export function addAdd(program: Command, invocation: Invocation): void {
  const command = program.command('add').description('add a server to a backend')
  invocation
    .remote(command.argument(SERVER_ARGUMENT).argument('<address>', 'IP:PORT, HOST:PORT or unix:/PATH'))
    .option('--weight <n>', 'its share relative to the other servers, 0 to 256', wholeNumberTo(256), 100)
    .option('--max-sessions <n>', 'sessions at one time; 0 is no limit', wholeNumberTo(MOST_SESSIONS), 0)
    .option('--maint', 'in maintenance: it takes no sessions until headgate ready')
    .action((server: string, address: string, options: Options) => add(server, address, options, invocation))
}

async function add(server: string, address: string, options: Options, invocation: Invocation): Promise<void> {
  const { socket, json, weight, maxSessions, maint } = options
  const parsed = parseServerAddress(address)
  if (!parsed.ok) throw new Failure(`"${address}" is no address of a server: expected ${parsed.expected}`, EXIT.usage)
  const daemon = invocation.daemon(socket)
  const limit = maxSessions > 0 ? ` maxconn ${maxSessions}` : ''
  const admin = maint ? 'disabled' : 'enabled'
  const added = await daemon.ask<ServerAdded>(
    `add server ${wordOf(server)} ${wordOf(address)} weight ${weight}${limit} ${admin}`,
  )
  if (json) return invocation.printJson(added)
  const next = maint
    ? `Use it: headgate ready ${server}${daemon.flag}`
    : `Undo: headgate remove ${server}${daemon.flag}`
  invocation.print(`${server}: added at ${added.address}, weight ${weight}, ${added.admin}. ${next}\n`)
}
