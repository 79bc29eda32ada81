import type { StateEntry } from '../../state/entry.js'
import { reset } from '../../state/settle.js'
import type { Command } from '../command.js'
import { tell } from '../reply.js'

/** What `json` answers. */
export interface StateReset {
  /** What is as the config says again. */
  readonly reset: readonly StateEntry[]
}

export const clearState: Command = {
  words: ['clear', 'state'],
  usage: 'clear state',
  summary: 'bring everything that was changed at run time back to what the config says',
  level: 'admin',
  most: 0,
  json: true,
  async run(_, call) {
    const done: StateReset = { reset: await reset(call, call.state.entries, call.client.name) }
    return tell(`${done.reset.length} changes dropped.\n`, done)
  },
}
