/** The weight that a policy goes by: what the operator set, and beside it what an agent and a lag make of it. */

/** Who else has a say in a server's weight, each with a percentage of its own. */
export const WEIGHT_SOURCES = ['agent', 'lag'] as const
export type WeightSource = (typeof WEIGHT_SOURCES)[number]

/** Percent by source; 100 where absent. */
export type WeightFactors = ReadonlyMap<WeightSource, number>

const HEAVIEST = 256

/** 0 to 256, and 0 only where the weight or a factor is 0. @param weight as set, 0 to 256 */
export function effectiveWeight(weight: number, factors: WeightFactors): number {
  let product = weight
  for (const percent of factors.values()) product *= percent / 100
  return product === 0 ? 0 : Math.min(HEAVIEST, Math.max(1, Math.round(product)))
}
