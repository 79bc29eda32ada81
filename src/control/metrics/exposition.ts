/** Families as the text that Prometheus reads. The only place that knows prom-client. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Counter, Gauge, Registry } from 'prom-client'
import type { Family } from './family.js'

export interface Exposition {
  readonly contentType: string
  /** The values of this moment. Calls that overlap share one answer. */
  text(): Promise<string>
}

/** With a thousand servers a scrape takes 0.1 s: probes and the stats socket get their turn in between. */
const SLICE_MS = 5

export function exposition(families: readonly Family[]): Exposition {
  const registry = new Registry()
  for (const family of families) register(family, registry)
  let underWay: Promise<string> | undefined
  return {
    contentType: registry.contentType,
    text() {
      underWay ??= render(families, registry).finally(() => {
        underWay = undefined
      })
      return underWay
    },
  }
}

async function render(families: readonly Family[], registry: Registry): Promise<string> {
  const parts: string[] = []
  let turnBegan = performance.now()
  for (const { name } of families) {
    parts.push(await registry.getSingleMetricAsString(name))
    if (performance.now() - turnBegan < SLICE_MS) continue
    await nextTurn()
    turnBegan = performance.now()
  }
  return `${parts.join('\n\n')}\n`
}

function register({ name, help, type, labels, collect }: Family, registry: Registry): void {
  const config = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'counter') {
    const metric: Counter = new Counter({
      ...config,
      collect() {
        metric.reset()
        collect((values, value) => {
          if (isCount(value)) metric.inc(values, value)
        })
      },
    })
  } else {
    const metric: Gauge = new Gauge({
      ...config,
      collect() {
        metric.reset()
        collect((values, value) => metric.set(values, value))
      },
    })
  }
}

/** prom-client throws at anything else, and the whole page would be lost: one sample is left out instead. */
function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}
