/** The config that `headgate init` writes: whole, in the order in which one reads it, with the reason for each line. */
import { formatAddress } from '../../core/address.js'
import { shellWord } from '../format/shell-word.js'
import { wrap } from '../format/wrap.js'
import type { Answers, Database, Setting } from './database.js'

const WIDTH = 100

/** @param file that it will be in, for the commands that it names */
export function configText(database: Database, answers: Answers, file: string): string {
  const { name, title } = database
  return [
    comment(
      `${title} behind headgate, as headgate init ${name} wrote it. docs/configuration.md has every key, and docs/roles.md what becomes of sessions in a failover.`,
    ),
    `#\n#   headgate check ${shellWord(file)}\n#   headgate run -c ${shellWord(file)}\n#   headgate probe ${name}/${answers.servers[0]?.name ?? 'r1'}\n\n`,
    '[runtime]\n',
    settings(RUNTIME),
    `\n${comment('Writes: to the primary, whichever server that is.')}`,
    frontend(database, 'rw', formatAddress(answers.rw), 'primary'),
    `\n${comment('Reads: to the replicas, and to the primary while no replica can take them.')}`,
    frontend(database, 'ro', formatAddress(answers.ro), 'replica-or-primary'),
    `\n[backends.${name}]\n`,
    settings([...POLICY, ...database.backend, ...ENDINGS]),
    `\n${comment('Finds out who the primary is, and how far replicas are behind.')}`,
    `[backends.${name}.check]\n`,
    settings([...login(database, answers), ...SCHEDULE, ...database.check]),
    ...answers.servers.map(
      (server) =>
        `\n[[backends.${name}.servers]]\nname = ${quoted(server.name)}\naddress = ${quoted(formatAddress(server.address))}\n`,
    ),
  ].join('')
}

function frontend({ name, frontend }: Database, which: string, listen: string, role: string): string {
  const head = `[frontends.${name}-${which}]\nlisten = "tcp://${listen}"\nbackend = "${name}"\nrole = "${role}"\n`
  return head + settings(frontend)
}

const RUNTIME: readonly Setting[] = [
  {
    key: 'socket',
    value: '"/run/headgate/headgate.sock"',
    why: 'the headgate command talks to the daemon here; this is the default',
    isOptional: true,
  },
  { key: 'metrics', value: '"127.0.0.1:9108"', why: 'for Prometheus', isOptional: true },
  { key: 'stop_timeout', value: '"30s"', why: 'how long sessions may take to end before a stop cuts them' },
]

const POLICY: readonly Setting[] = [
  {
    key: 'policy',
    value: '"least-conn"',
    why: 'the server with the fewest sessions: best where clients keep them, as pools do',
  },
  { key: 'connect_timeout', value: '"2s"', why: 'for one server; then the next is tried' },
]

const ENDINGS: readonly Setting[] = [
  { key: 'on_down', value: '"kill"', why: 'clients of a dead server know at once, and come back to another one' },
  { key: 'on_role_lost', value: '"kill"', why: 'no write goes on to a former primary' },
  { key: 'on_no_server', value: '"wait 10s"', why: 'a failover is a slow connect and no error' },
  {
    key: 'rebalance',
    value: '{ idle = "1m", rate = "1/s" }',
    why: 'when a server returns, idle sessions of the others go to it; not where sessions rest in transactions',
    isOptional: true,
  },
]

function login({ name }: Database, { user, passwordFile }: Answers): readonly Setting[] {
  return [
    { key: 'type', value: quoted(name), why: '' },
    { key: 'user', value: quoted(user), why: '' },
    { key: 'password_file', value: quoted(passwordFile), why: 'read at each probe: a new password needs no reload' },
  ]
}

const SCHEDULE: readonly Setting[] = [
  { key: 'interval', value: '"500ms"', why: '' },
  { key: 'timeout', value: '"1s"', why: '' },
  { key: 'fall', value: '2', why: 'down after two probes in a row that failed' },
]

function settings(all: readonly Setting[]): string {
  return all
    .map(({ key, value, why, isOptional }) => {
      const reason = why === '' ? '' : comment(`${why[0]?.toUpperCase()}${why.slice(1)}.`)
      return `${reason}${isOptional ? '# ' : ''}${key} = ${value}\n`
    })
    .join('')
}

function comment(text: string): string {
  return wrap(text, WIDTH - 2, '')
    .trimEnd()
    .split('\n')
    .map((line) => `# ${line.trim()}\n`)
    .join('')
}

/** A basic string of TOML. `${` would ask for a variable of the environment. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
