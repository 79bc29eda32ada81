/** Families as the text that Prometheus reads. The only place that knows prom-client. */
import { Counter, Gauge, Registry } from 'prom-client'
import type { Family } from './family.js'

export interface Exposition {
  readonly contentType: string
  /** The values of this moment. Calls that overlap share one answer. */
  text(): Promise<string>
}

export function exposition(families: readonly Family[]): Exposition {
  const registry = new Registry()
  for (const family of families) register(family, registry)
  let underWay: Promise<string> | undefined
  return {
    contentType: registry.contentType,
    text() {
      underWay ??= registry.metrics().finally(() => {
        underWay = undefined
      })
      return underWay
    },
  }
}

function register({ name, help, type, labels, collect }: Family, registry: Registry): void {
  const config = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'counter') {
    const metric: Counter = new Counter({
      ...config,
      collect() {
        metric.reset()
        collect((values, value) => metric.inc(values, value))
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
