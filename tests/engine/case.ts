/** What a conformance case is. */
import type { Test } from 'tap'
import type { EngineName } from './engines.js'

/** Behaviour in words → the proof of it. */
export type Cases = Readonly<Record<string, (t: Test) => Promise<void>>>

/** Cases of one subject, which share what was started for them; it ends with `t`. */
export type Group = (t: Test, engine: EngineName) => Promise<Cases>
