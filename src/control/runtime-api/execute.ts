/** From a command's words to its reply as text: found, allowed, run. */
import type { Call, Command } from './command.js'
import { allows } from './level.js'
import { asJson, type Reply, refuse, type Success, tell } from './reply.js'
import { withSeverity } from './severity.js'
import { nearestCommand, unknownCommand } from './usage.js'

export interface Answer {
  readonly text: string
  /** What comes after it, piece by piece, until the signal. */
  readonly follow?: Success['follow']
}

/** All that a command is told but the form of its reply, which its words tell. */
export type Circumstances = Omit<Call, 'json'>

/** Never throws: a command that fails by our own fault answers that it did. */
export async function execute(words: readonly string[], circumstances: Circumstances): Promise<Answer> {
  const { commands, client } = circumstances
  const command = commands.find((command) => command.words.every((word, i) => word === words[i]))
  const given = words.slice(command?.words.length ?? 0)
  const { json, args } = formOf(command, given)
  const reply = command ? await run(command, args, { ...circumstances, json }) : unknown(words, json, commands)
  const text = json ? asJson(reply) : withSeverity(reply, client.severity)
  return reply.ok && reply.follow ? { text: reply.text, follow: reply.follow } : { text }
}

/** `json` is the last word, or for commands with several words of that kind any of them. */
function formOf(command: Command | undefined, given: readonly string[]) {
  const at = command?.json === 'anywhere' ? given.indexOf('json') : given.length - 1
  const json = given[at] === 'json' && command?.json !== undefined
  return json
    ? { json, args: given.filter((_, i) => i !== at) }
    : { json: !command && given[at] === 'json', args: given }
}

async function run(command: Command, args: readonly string[], call: Call): Promise<Reply> {
  if (!allows(call.client.level, command.level)) return refuse('Permission denied\n')
  const extra = args[command.most]
  if (extra !== undefined) return refuse(`Trailing garbage '${extra}' after '${command.words.join(' ')}'.\n`)
  const { generations } = call
  const isChange = command.level === 'admin' && !command.whileHandingOver
  if (isChange && generations.changeObstacle !== undefined) {
    return refuse(`No change here: ${generations.changeObstacle}.\n`)
  }
  const make = () => command.run(args, call)
  try {
    return await (isChange ? generations.change(make) : make())
  } catch (error) {
    return refuse(`Internal error: ${error instanceof Error ? error.message : String(error)}.\n`)
  }
}

/** To a program in a sentence, to a person with all that may have been meant. */
function unknown(words: readonly string[], json: boolean, commands: readonly Command[]): Reply {
  if (!json) return tell(unknownCommand(words, commands))
  const asked = words.slice(0, -1)
  return refuse(`Unknown command '${asked.join(' ')}'.\n`, nearestCommand(asked, commands))
}
