/** One kind of traffic, and what is measured while it flows. */
import { cpuNanoseconds } from '../measure/processes.js'
import type { Protocol, RunningProxy } from '../proxies/contender.js'

/** Ratios that headgate is to stay under, medians of one run. */
export interface Goal {
  readonly haproxy?: number
  readonly nginx?: number
}

/** One number of a workload. The first of a workload is what it is about. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly digits: number
  /** Only costs are compared; rates depend on the core that the load has. */
  readonly isCost: boolean
  readonly goal?: Goal
}

/** By the name of the figure. A figure that a proxy does not have (a direct connection costs no proxy CPU) is absent. */
export type Measured = Readonly<Record<string, number>>

export interface Servers {
  /** TCP or UDP ports on 127.0.0.1. */
  readonly ports: readonly number[]
  stop(): Promise<void>
}

export interface Workload {
  readonly name: string
  readonly title: string
  readonly protocol: Protocol
  readonly figures: readonly Figure[]
  startServers(): Promise<Servers>
  measure(proxy: RunningProxy, seconds: number): Promise<Measured>
}

export const WARM_UP_SECONDS = 2

/** Runs the load twice, the first time to warm up, and counts the proxy's CPU over the second time. */
export async function cpuPerUnit(
  proxy: RunningProxy,
  seconds: number,
  load: (seconds: number) => Promise<number>,
): Promise<{ units: number; cpuNs: number | undefined }> {
  await load(WARM_UP_SECONDS)
  const before = proxy.pid && cpuNanoseconds(proxy.pid)
  const units = await load(seconds)
  const after = proxy.pid && cpuNanoseconds(proxy.pid)
  return { units, cpuNs: before !== undefined && after !== undefined ? (after - before) / units : undefined }
}
