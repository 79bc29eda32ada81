import { reset } from '../../state/settle.js'
import type { Command } from '../command.js'
import { tell } from '../reply.js'
import { type Difference, describeEntry } from './show-state.js'

/** What `json` answers. */
export interface StateReset {
  /** What is as the config says again. */
  readonly reset: readonly Difference[]
}

export const clearState: Command = {
  words: ['clear', 'state'],
  usage: 'clear state',
  summary: 'bring everything that was changed at run time back to what the config says',
  level: 'admin',
  most: 0,
  json: true,
  async run(_, call) {
    const entries = await reset(call, call.state.entries, call.client.name)
    const done: StateReset = { reset: entries.map(describeEntry) }
    return tell(`${entries.length} ${entries.length === 1 ? 'change' : 'changes'} dropped.\n`, done)
  },
}
