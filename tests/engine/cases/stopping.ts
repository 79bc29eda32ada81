/** An engine ends when told. */
import type { Group } from '../case.js'
import { Fixture } from '../fixture.js'
import { LOOPBACK } from '../streams.js'

export const stopping: Group = async (t, engine) => {
  const fixture = await Fixture.start(t, engine, { stop: { kind: 'stop', listen: LOOPBACK } })
  return {
    'stop ends the worker with exit code 0': async (t) => {
      await fixture.command('stop')
      t.match(await fixture.exited, { code: 0, signal: null })
    },
  }
}
