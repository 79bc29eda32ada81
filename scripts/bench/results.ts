/** What was measured, round by round. */
import type { Machine } from './measure/machine.js'
import type { Measured, Workload } from './workloads/workload.js'

export interface Results {
  readonly at: string
  readonly machine: Machine
  readonly rounds: number
  readonly seconds: number
  /** Name and version of each proxy. */
  readonly proxies: readonly { readonly name: string; readonly version: string }[]
  readonly workloads: readonly WorkloadResults[]
}

export interface WorkloadResults {
  readonly workload: Pick<Workload, 'name' | 'title' | 'figures'>
  /** By the name of the proxy: one entry for each round. */
  readonly measured: Readonly<Record<string, readonly Measured[]>>
}

/** A figure of one proxy over the rounds; empty where the proxy does not have it. */
export function series({ measured }: WorkloadResults, proxy: string, figure: string): number[] {
  return (measured[proxy] ?? []).map((round) => round[figure] ?? Number.NaN)
}
