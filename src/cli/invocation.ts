/** One call of `headgate`: what a command needs from it. */
import type { Command } from 'commander'
import { DEFAULT_SOCKET } from '../config/default-socket.js'
import { DaemonClient } from './daemon/daemon-client.js'
import { socketAddress } from './daemon/socket-address.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { painter } from './format/colour.js'
import { shellWord } from './format/shell-word.js'
import type { TableStyle } from './format/table.js'
import { type Io, lineWidth, wantsColour } from './io.js'

export const SOCKET_OPTION = [
  '--socket <path|host:port>',
  `stats socket (default: HEADGATE_SOCKET or ${DEFAULT_SOCKET})`,
] as const

export class Invocation {
  /** What `headgate` will exit with. */
  exitCode: number = EXIT.ok

  constructor(readonly io: Io) {}

  /** A command that talks to the daemon: adds the options that all of them have. */
  remote(command: Command): Command {
    return command.option(...SOCKET_OPTION).option('--json', 'print JSON')
  }

  daemon(socket: string | undefined): DaemonClient {
    return new DaemonClient(socketAddress(socket, this.io), socket ? ` --socket ${shellWord(socket)}` : '')
  }

  get style(): TableStyle {
    return { paint: painter(wantsColour(this.io)), width: lineWidth(this.io) }
  }

  print(text: string): void {
    this.io.stdout.write(text)
  }
  printJson(document: unknown): void {
    this.print(`${JSON.stringify(document, null, 2)}\n`)
  }
  end(exitCode: ExitCode | number): void {
    this.exitCode = exitCode
  }
}

/** Options that `remote` adds. */
export interface RemoteOptions {
  readonly socket?: string
  readonly json?: true
}
