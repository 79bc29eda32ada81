/** From a command's words to its reply as text: found, allowed, run. */
import type { Call, Command } from './command.js'
import { allows } from './level.js'
import { asJson, type Reply, refuse } from './reply.js'
import { unknownCommand } from './usage.js'

/** Never throws: a command that fails by our own fault answers that it did. */
export async function execute(words: readonly string[], call: Call): Promise<string> {
  const command = call.commands.find((command) => command.words.every((word, i) => word === words[i]))
  if (!command) return unknownCommand(words, call.commands)
  const args = words.slice(command.words.length)
  const json = command.json === true && args.at(-1) === 'json'
  const reply = await run(command, json ? args.slice(0, -1) : args, call)
  return json ? asJson(reply) : reply.text
}

async function run(command: Command, args: readonly string[], call: Call): Promise<Reply> {
  if (!allows(call.client.level, command.level)) return refuse('Permission denied\n')
  const extra = args[command.most]
  if (extra !== undefined) return refuse(`Trailing garbage '${extra}' after '${command.words.join(' ')}'.\n`)
  try {
    return await command.run(args, call)
  } catch (error) {
    return refuse(`Internal error: ${error instanceof Error ? error.message : String(error)}.\n`)
  }
}
