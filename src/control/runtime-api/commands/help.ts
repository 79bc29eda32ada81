import type { Command } from '../command.js'
import { tell } from '../reply.js'
import { helpOn } from '../usage.js'

export const help: Command = {
  words: ['help'],
  usage: 'help [<command>]',
  summary: 'list matching or all commands',
  level: 'user',
  most: Number.POSITIVE_INFINITY,
  run: (args, { commands }) => tell(helpOn(args, commands)),
}
