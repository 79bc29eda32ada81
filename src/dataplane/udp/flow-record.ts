/** What a flow takes along to a worker of another generation, beside its socket. Plain data; times in milliseconds. */
export interface FlowRecord {
  /** Words of its datagrams' key: KEY_WORDS of them. */
  readonly key: readonly number[]
  readonly scope: number
  /** Names, since rows of the scoreboard are each generation's own. */
  readonly backend: string
  readonly server: string
  readonly ageMs: number
  readonly idleMs: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly datagramsIn: number
  readonly datagramsOut: number
}

/** Raised when an older worker could misunderstand a record: it takes none then. */
export const FLOW_RECORD_VERSION = 1

/** From the worker that has the flows. After each message it waits for `taken`. */
export type FlowMessage =
  | {
      readonly type: 'flows'
      readonly version: number
      /** Which port: see `listenerKey` of frontends.ts. */
      readonly listener: string
      /** In the order of the descriptors that come along. */
      readonly flows: readonly FlowRecord[]
    }
  /** There are no more: the ports are the other's. */
  | { readonly type: 'end' }

/** From the worker that takes them. */
export interface FlowAnswer {
  readonly type: 'taken'
  /** How many of the flows. */
  readonly count: number
}
