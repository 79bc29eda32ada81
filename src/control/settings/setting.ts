/**
 * A setting is something that an operator can change while headgate runs. The audit, `undo` and the state file know no
 * other: each setting tells them how to read it, to set it, to hear of its changes, and what the config says of it.
 */
import type { Runtime } from '../../config/config.js'
import type { Declared } from '../registry/plan.js'
import type { Registry } from '../registry/registry.js'
import type { Topology } from '../topology/topology.js'
import type { Value } from './value.js'

/** What settings read of a config; a Config is one. */
export interface Declaration extends Declared {
  readonly runtime: Pick<Runtime, 'maxSessions'>
}

/** What can be changed. */
export interface Steerable {
  readonly registry: Registry
  readonly topology: Pick<Topology, 'change' | 'configure'>
}

/** Who makes the changes of a reload: `undo` passes them over, for a config is undone by editing it. */
export const BY_CONFIG = 'config'
/** Who makes the changes that an agent asks for: `undo` passes them over too, and the state file, for it asks again. */
export const BY_AGENT = 'agent'

/** To be called once for each change. */
export type NoteChange = (target: string, was: Value, is: Value, by: string) => void

export interface Setting<Kind extends string = string> {
  /** Its name in the audit and in the state file. */
  readonly kind: Kind
  /** Before its value, e.g. `weight` in `replicas/r1: weight 50`. */
  readonly label: string
  /** The value in its one form, or undefined when it can be none of this setting. */
  parse(value: unknown): Value | undefined
  /** Everything that the config says of it, by target: `backend/server`, the name of a frontend or backend, or `''` for the process. */
  all(config: Declaration): readonly (readonly [target: string, configured: Value])[]
  /** What the config says; undefined when it has no such target. */
  configured(config: Declaration, target: string): Value | undefined
  /** What is in force; undefined when there is no such target. */
  current(registry: Registry, target: string): Value | undefined
  /** @param value one that `parse` gave. Does nothing when there is no such target, or it has that value. */
  apply(steerable: Steerable, target: string, value: Value, by: string): void | Promise<void>
  follow(registry: Registry, note: NoteChange): void
  /** The command of the runtime API that sets it. */
  command(target: string, value: Value): string
}
