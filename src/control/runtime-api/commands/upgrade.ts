import { type Heir, UpgradeError } from '../../upgrade/upgrade.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'

/** What `upgrade json` answers. */
export interface Upgraded {
  /** The generation that handed over, and the sessions that it keeps. */
  readonly was: { readonly generation: number; readonly pid: number; readonly sessions: number }
  readonly is: Heir
}

export const upgrade: Command = {
  words: ['upgrade'],
  usage: 'upgrade',
  summary: 'start a new headgate and hand over to it; sessions stay here until they end',
  level: 'admin',
  most: 0,
  json: true,
  whileHandingOver: true,
  async run(_, { generations, registry, client }) {
    try {
      const heir = await generations.upgrade(client.name)
      const left = registry.board.liveOfAll()
      const text = `Generation ${heir.generation} runs: headgate ${heir.version}, pid ${heir.pid}; ${left} sessions left in pid ${process.pid}.\n`
      const was = { generation: generations.present, pid: process.pid, sessions: left }
      return show(text, { was, is: heir } satisfies Upgraded)
    } catch (error) {
      if (error instanceof UpgradeError) return refuse(`No upgrade, all is as before: ${error.message}\n`)
      throw error
    }
  },
}
