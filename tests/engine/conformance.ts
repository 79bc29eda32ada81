/**
 * What every engine must do, whatever it is made of. Each case is one function in cases/, run against a fixture process;
 * an engine that cannot pass one says why.
 */
import t from 'tap'
import type { Group } from './case.js'
import { backPressure } from './cases/back-pressure.js'
import { connecting } from './cases/connecting.js'
import { connections } from './cases/connections.js'
import { datagrams } from './cases/datagrams.js'
import { delivering } from './cases/delivering.js'
import { exhaustion } from './cases/exhaustion.js'
import { flows } from './cases/flows.js'
import { halfClose } from './cases/half-close.js'
import { listening } from './cases/listening.js'
import { peeking } from './cases/peeking.js'
import { quiet } from './cases/quiet.js'
import { resets } from './cases/resets.js'
import { standing } from './cases/standing.js'
import { stopping } from './cases/stopping.js'
import { transfers } from './cases/transfers.js'
import { urgent } from './cases/urgent.js'
import { watching } from './cases/watching.js'
import type { EngineName } from './engines.js'

const GROUPS: Readonly<Record<string, Group>> = {
  'half-close': halfClose,
  resets,
  'back-pressure': backPressure,
  transfers,
  urgent,
  peeking,
  watching,
  delivering,
  connecting,
  connections,
  listening,
  exhaustion,
  datagrams,
  flows,
  quiet,
  standing,
  stopping,
}

/** @param skips reasons by the words of a case */
export function conformance(engine: EngineName, skips: Readonly<Record<string, string>> = {}): void {
  for (const [name, group] of Object.entries(GROUPS)) {
    t.test(`${engine}: ${name}`, async (t) => {
      const cases = await group(t, engine)
      for (const [words, prove] of Object.entries(cases)) {
        await t.test(words, { skip: skips[words] ?? false }, (t) => prove(t))
      }
    })
  }
}
