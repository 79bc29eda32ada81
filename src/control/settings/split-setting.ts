/** The weights of the backends that a frontend splits over, as one value. */
import type { Frontend } from '../../config/config.js'
import { formatSplit, type Split } from '../registry/frontend.js'
import { HEAVIEST, table, wholeNumber } from './parse.js'
import type { Setting } from './setting.js'

export const splitSetting: Setting<'split'> = {
  kind: 'split',
  label: 'split',
  parse,
  all: ({ frontends }) => frontends.filter(splits).map((frontend) => [frontend.name, splitOf(frontend)]),
  configured({ frontends }, target) {
    const frontend = frontends.find(({ name }) => name === target)
    return frontend && splits(frontend) ? splitOf(frontend) : undefined
  },
  current: (registry, target) => registry.frontend(target)?.split,
  apply({ registry }, target, value, by) {
    const [frontend, split] = [registry.frontend(target), parse(value)]
    if (frontend && split) registry.setSplit(frontend, split, by)
  },
  follow: (registry, note) => registry.on('split', (frontend, was, is, by) => note(frontend.name, was, is, by)),
  command: (target, value) => `set split ${target} ${formatSplit(parse(value) ?? {})}`,
}

/** A frontend with one backend has nothing to weigh. */
function splits({ routes }: Frontend): boolean {
  return routes.length > 1
}

function splitOf({ routes }: Frontend): Split {
  return Object.fromEntries(routes.map(({ backend, weight }) => [backend, weight]))
}

function parse(value: unknown): Split | undefined {
  const split: Record<string, number> = {}
  for (const [backend, given] of Object.entries(table(value) ?? {})) {
    const weight = wholeNumber(given, HEAVIEST)
    if (weight === undefined) return undefined
    split[backend] = weight
  }
  return Object.values(split).some((weight) => weight > 0) ? split : undefined
}
