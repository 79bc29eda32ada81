import type { Command } from 'commander'
import type { Change } from '../../config/difference/difference.js'
import type { ReloadDone } from '../../control/reload/reload-result.js'
import { Refusal } from '../daemon/daemon-client.js'
import { EXIT } from '../exit-codes.js'
import type { Colour } from '../format/colour.js'
import { count } from '../format/count.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

interface Options extends RemoteOptions {
  readonly dryRun?: true
}

export function addReload(program: Command, invocation: Invocation): void {
  const command = program
    .command('reload')
    .description('have the config file read again, and apply what changed in it: all or nothing')
  invocation
    .remote(command)
    .option('--dry-run', 'print what would change, and change nothing')
    .action((options: Options) => reload(options, invocation))
}

async function reload({ socket, json, dryRun }: Options, invocation: Invocation): Promise<void> {
  try {
    const done = await invocation.daemon(socket).ask<ReloadDone>(dryRun ? 'reload dry-run' : 'reload')
    if (json) invocation.printJson(done)
    else await printDone(done, invocation)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    invocation.end(EXIT.failed)
    if (json) invocation.printJson({ ok: false, error: error.error, errors: error.errors })
    else invocation.io.stderr.write(`${error.error}\n`)
  }
}

const COLOURS: Readonly<Record<Change['change'], Colour>> = { added: 'green', removed: 'red', changed: 'yellow' }

async function printDone({ changes, warnings, config, applied }: ReloadDone, invocation: Invocation): Promise<void> {
  const { formatChange } = await import('../../config/difference/format.js')
  const { formatConfigWarnings } = await import('../../config/errors.js')
  const { paint } = invocation.style
  if (warnings.length > 0) invocation.io.stderr.write(`${formatConfigWarnings(warnings)}\n`)
  for (const change of changes) invocation.print(`${paint(formatChange(change), COLOURS[change.change])}\n`)
  invocation.print(`${config}: ${outcome(changes, applied)}\n`)
}

function outcome(changes: readonly Change[], applied: boolean): string {
  if (changes.length === 0) return 'no change'
  const waiting = changes.filter((change) => change.noun === 'runtime' && change.takes === 'restart').length
  const all = count(changes.length, 'change')
  if (!applied) return `${all}, not applied`
  if (waiting === 0) return `${all}, applied`
  return `${all}, applied but for ${waiting} that ${waiting === 1 ? 'takes' : 'take'} a restart`
}
