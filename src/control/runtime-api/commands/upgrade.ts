import { UpgradeError } from '../../upgrade/upgrade.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'

export const upgrade: Command = {
  words: ['upgrade'],
  usage: 'upgrade',
  summary: 'start a new headgate and hand over to it; sessions stay here until they end',
  level: 'admin',
  most: 0,
  json: true,
  async run(_, { generations, registry, client }) {
    try {
      const heir = await generations.upgrade(client.name)
      const left = registry.board.liveOfAll()
      const text = `Generation ${heir.generation} runs: headgate ${heir.version}, pid ${heir.pid}; ${left} sessions left in pid ${process.pid}.\n`
      return show(text, { was: { generation: generations.present, pid: process.pid, sessions: left }, is: heir })
    } catch (error) {
      if (error instanceof UpgradeError) return refuse(`No upgrade, all is as before: ${error.message}\n`)
      throw error
    }
  },
}
