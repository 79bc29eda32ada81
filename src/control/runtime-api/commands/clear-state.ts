import { reset } from '../../state/settle.js'
import type { Command } from '../command.js'
import { tell } from '../reply.js'
import { type Difference, describeEntry } from './show-state.js'

/** What `json` answers. */
export interface StateReset {
  /** What is as the config says again. */
  readonly reset: readonly Difference[]
  /** What could not be changed back, and why. */
  readonly failed: readonly (Difference & { readonly why: string })[]
}

export const clearState: Command = {
  words: ['clear', 'state'],
  usage: 'clear state',
  summary: 'bring everything that was changed at run time back to what the config says',
  level: 'admin',
  most: 0,
  json: true,
  async run(_, call) {
    const { done, failed } = await reset(call, call.state.entries, call.client.name)
    const document: StateReset = {
      reset: done.map(describeEntry),
      failed: failed.map(({ entry, why }) => ({ ...describeEntry(entry), why })),
    }
    const words = failed.map(({ entry, why }) => `${entry.target} stays as it is: ${why}\n`)
    return tell(`${done.length} ${done.length === 1 ? 'change' : 'changes'} dropped.\n${words.join('')}`, document)
  },
}
