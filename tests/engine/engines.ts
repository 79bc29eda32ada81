/** The engines that the conformance suite knows. A new engine is one line here and one test file. */
import type { Engine } from '../../src/dataplane/engine.js'

const ENGINES = {
  portable: async () => (await import('../../src/dataplane/portable/engine.js')).createPortableEngine(),
  linux: async () => (await import('../../src/dataplane/linux/engine.js')).createLinuxEngine(),
} satisfies Record<string, () => Promise<Engine>>

export type EngineName = keyof typeof ENGINES

export async function createEngine(name: string): Promise<Engine> {
  if (!(name in ENGINES))
    throw new Error(`no engine ${JSON.stringify(name)}: one of ${Object.keys(ENGINES).join(', ')}`)
  return ENGINES[name as EngineName]() // the line above has just shown it
}
