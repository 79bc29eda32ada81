/** The engines that a test of the whole daemon runs with. */

export const ENGINES = ['portable', 'linux'] as const
export type Engine = (typeof ENGINES)[number]

/** For a test's `skip`: the reason, or false. */
export function skipEngine(engine: Engine): string | false {
  return engine === 'linux' && process.platform !== 'linux' ? 'the linux engine needs Linux' : false
}
