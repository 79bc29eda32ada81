import type { Command } from 'commander'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { count } from '../format/count.js'
import type { Invocation } from '../invocation.js'

interface Options {
  readonly config?: string
  readonly json?: true
}

export function addCheck(program: Command, invocation: Invocation): void {
  program
    .command('check')
    .description('read a config file and print everything that is wrong with it')
    .argument('[file]', 'config file')
    .option('-c, --config <file>', 'the same, as headgate run has it')
    .option('--json', 'print JSON')
    .action((file: string | undefined, options: Options) => check(fileOf(file, options), options, invocation))
}

function fileOf(file: string | undefined, { config }: Options): string {
  if (file !== undefined && config !== undefined && file !== config) {
    throw new Failure(`one file at a time: ${file}, or -c ${config}`, EXIT.usage)
  }
  const path = file ?? config
  if (path === undefined) throw new Failure('check needs the config file: headgate check FILE', EXIT.usage)
  return path
}

async function check(path: string, { json }: Options, invocation: Invocation): Promise<void> {
  const { loadConfig } = await import('../../config/load.js')
  const { POLICIES } = await import('../../core/policy/list.js')
  const result = await loadConfig(path, { env: invocation.io.env, policies: POLICIES })
  if (!result.ok) invocation.end(EXIT.failed)
  const { errors, warnings } = result.ok
    ? { errors: [], warnings: result.warnings }
    : { errors: result.errors, warnings: [] }
  if (json) return invocation.printJson({ ok: result.ok, errors, warnings })
  const { formatConfigErrors, formatConfigWarnings } = await import('../../config/errors.js')
  if (warnings.length > 0) invocation.io.stderr.write(`${formatConfigWarnings(warnings)}\n`)
  if (!result.ok) {
    invocation.io.stderr.write(`${formatConfigErrors(errors)}\n${path}: ${count(errors.length, 'error')}\n`)
    return
  }
  const { countConfig } = await import('../../config/config.js')
  const { frontends, backends, servers } = countConfig(result.config)
  const parts = [count(frontends, 'frontend'), count(backends, 'backend'), count(servers, 'server')]
  invocation.print(`${path}: good, ${parts.join(', ')}\n`)
}
