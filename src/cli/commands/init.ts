import { Argument, type Command } from 'commander'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { shellWord } from '../format/shell-word.js'
import { Asker } from '../init/ask.js'
import { configText } from '../init/config-text.js'
import type { Answers, Database, InitServer } from '../init/database.js'
import { type Field, fieldsFor, parseServer, serverWords } from '../init/fields.js'
import { mysql } from '../init/mysql.js'
import { postgres } from '../init/postgres.js'
import { redis } from '../init/redis.js'
import { writeNew } from '../init/write-new.js'
import type { Invocation } from '../invocation.js'

const DATABASES: readonly Database[] = [postgres, mysql, redis]
const DEFAULT_FILE = 'headgate.toml'

interface Options {
  readonly server?: readonly string[]
  readonly rw?: string
  readonly ro?: string
  readonly user?: string
  readonly passwordFile?: string
  readonly output?: string
  readonly yes?: true
  readonly force?: true
  readonly json?: true
}

export function addInit(program: Command, invocation: Invocation): void {
  const database = new Argument('<database>').choices(DATABASES.map(({ name }) => name))
  program
    .command('init')
    .description('write a first config for a database, and print what it needs; asks for what no option gives')
    .addArgument(database)
    .option('--server <name=address>', 'a server, e.g. r1=10.0.0.11:5432; once for each', collect)
    .option('--rw <address>', 'port, or address and port, for writes (default: the usual port, on loopback)')
    .option(
      '--ro <address>',
      'port, or address and port, for reads (default: the one after the usual port, on loopback)',
    )
    .option('--user <user>', 'who the check logs in as (default: headgate)')
    .option('--password-file <file>', 'file with its password (default: /etc/headgate/DATABASE.password)')
    .option('--output <file>', `config to write (default: ${DEFAULT_FILE})`)
    .option('--yes', 'ask nothing: the defaults for what no option gives')
    .option('--force', 'write over a file that is there')
    .option('--json', 'print JSON')
    .action((name: string, options: Options) => {
      const database = DATABASES.find((one) => one.name === name)
      if (!database) throw new Failure(`headgate knows no database "${name}"`, EXIT.usage)
      return run(database, options, invocation)
    })
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

async function run(database: Database, options: Options, invocation: Invocation): Promise<void> {
  const asker = await askerFor(options, invocation)
  try {
    const answers = await answersOf(database, options, asker)
    const file = options.output ?? (asker ? await asker.field(outputField) : DEFAULT_FILE)
    const text = configText(database, answers, file)
    await mustBeGood(text, file)
    if (asker && !(await asker.yes(`Write ${file}?`))) throw new Failure('nothing was written')
    await writeNew(file, text, options.force === true)
    if (options.json) return invocation.printJson(documentOf(database, answers, file))
    invocation.print(nextSteps(database, answers, file))
  } finally {
    asker?.close()
  }
}

const outputField: Field<string> = {
  flag: '--output',
  question: 'Config to write',
  byDefault: DEFAULT_FILE,
  parse: (text) => ({ ok: true, value: text }),
}

/** Undefined where nothing is asked. A script that forgot an option is told which. */
async function askerFor(options: Options, { io }: Invocation): Promise<Asker | undefined> {
  const given: Readonly<Record<string, unknown>> = {
    '--server': options.server,
    '--rw': options.rw,
    '--ro': options.ro,
    '--user': options.user,
    '--password-file': options.passwordFile,
    '--output': options.output,
  }
  const missing = Object.keys(given).filter((flag) => given[flag] === undefined)
  const needed = options.yes ? missing.filter((flag) => flag === '--server') : missing
  if (needed.length === 0) return undefined
  if (io.stdin?.isTTY && io.stdout.isTTY && !options.yes && !options.json) return Asker.open(io)
  const rest = options.yes || missing.length === 1 ? '' : ', or --server and --yes for the defaults of the rest'
  throw new Failure(`nobody to ask: give ${needed.join(', ')}${rest}`, EXIT.usage)
}

async function answersOf(database: Database, options: Options, asker: Asker | undefined): Promise<Answers> {
  const fields = fieldsFor(database)
  const servers = options.server ? serversOf(options.server, database) : await asker?.servers(database)
  return {
    servers: servers ?? [],
    rw: await answerTo(fields.rw, options.rw, asker),
    ro: await answerTo(fields.ro, options.ro, asker),
    user: await answerTo(fields.user, options.user, asker),
    passwordFile: await answerTo(fields.passwordFile, options.passwordFile, asker),
  }
}

async function answerTo<T>(field: Field<T>, given: string | undefined, asker?: Asker): Promise<T> {
  if (given === undefined && asker) return asker.field(field)
  const parsed = field.parse(given ?? field.byDefault)
  if (parsed.ok) return parsed.value
  throw new Failure(`${field.flag} ${given}: expected ${parsed.expected}`, EXIT.usage)
}

function serversOf(texts: readonly string[], database: Database): readonly InitServer[] {
  const servers: InitServer[] = []
  for (const text of texts) {
    const names = servers.map(({ name }) => name)
    const parsed = parseServer(text, database, names)
    if (!parsed.ok) throw new Failure(`--server ${text}: expected ${parsed.expected}`, EXIT.usage)
    servers.push(parsed.value)
  }
  return servers
}

/** What does not fit together is found here as `headgate check` finds it, before anything is written. */
async function mustBeGood(text: string, file: string): Promise<void> {
  const { readConfig } = await import('../../config/load.js')
  const { formatConfigErrors } = await import('../../config/errors.js')
  const { POLICIES } = await import('../../core/policy/list.js')
  const result = await readConfig(text, file, { env: {}, policies: POLICIES })
  if (!result.ok) {
    throw new Failure(
      `these do not go together, and nothing was written:\n${formatConfigErrors(result.errors)}`,
      EXIT.usage,
    )
  }
}

function documentOf(database: Database, answers: Answers, file: string) {
  const { servers, rw, ro } = answers
  return {
    file,
    servers: servers.map(serverWords),
    account: database.account(answers),
    connections: { write: database.connection(rw, 'write'), read: database.connection(ro, 'read') },
  }
}

function nextSteps(database: Database, answers: Answers, file: string): string {
  const { passwordFile, rw, ro } = answers
  const steps = [
    ...database.account(answers),
    {
      where: 'Here, the password alone in a file that only headgate reads',
      lines: [`install -D -m 600 /dev/stdin ${shellWord(passwordFile)}   # type it, then Ctrl-D`],
    },
    {
      where: 'Then',
      lines: [
        `headgate probe ${database.name}/${answers.servers[0]?.name} -c ${shellWord(file)}   # does the check get in?`,
        `headgate run -c ${shellWord(file)}`,
      ],
    },
  ]
  const told = steps.map(
    ({ where, lines }, i) => `${i + 1}. ${where}:\n\n${lines.map((line) => `     ${line}\n`).join('')}\n`,
  )
  return [
    `${file} is written.\n\n`,
    ...told,
    `Applications on this machine connect to\n\n`,
    `     for writes  ${database.connection(rw, 'write')}\n`,
    `     for reads   ${database.connection(ro, 'read')}\n`,
    elsewhere(answers),
  ].join('')
}

/** @returns nothing where clients can come from other machines */
function elsewhere({ rw, ro }: Answers): string {
  const isLocal = [rw, ro].every(({ host }) => host.startsWith('127.') || host === '::1')
  return isLocal ? `\nOthers cannot: for them listen on 0.0.0.0:${rw.port} and 0.0.0.0:${ro.port}.\n` : ''
}
