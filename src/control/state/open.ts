/** The state file at the start: found, read, and moved aside where it cannot be used. Nothing here stops a start. */
import { join } from 'node:path'
import type { Runtime } from '../../config/config.js'
import type { StateEntry } from './entry.js'
import { codeOf, readState, setAside } from './file.js'

/**
 * Where the state is kept; undefined when it is off. Unless the config says where, it is in the folder that systemd gives
 * the service to keep (StateDirectory=), or beside the stats socket, whose path no other daemon has.
 */
export function stateFile(
  { state, socket }: Pick<Runtime, 'state' | 'socket'>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (state !== undefined) return state === 'off' ? undefined : state
  // several folders are parted by colons: systemd.exec(5)
  const folder = env.STATE_DIRECTORY?.split(':')[0]
  return folder ? join(folder, 'headgate.state') : `${socket.replace(/\.sock$/, '')}.state`
}

export interface OpenedState {
  readonly entries: readonly StateEntry[]
  /** What was wrong with the file, in words; empty when it was good, or there was none. */
  readonly problems: readonly string[]
}

export async function openState(path: string): Promise<OpenedState> {
  const found = await readState(path)
  if (found === 'none') return { entries: [], problems: [] }
  return found.ok ? { entries: found.entries, problems: found.problems } : { entries: [], problems: [found.why] }
}

export interface PutAside {
  /** What was wrong with the file, and with moving it. */
  readonly problems: readonly string[]
  /** The name that it got; undefined when it could not be renamed. */
  readonly aside?: string
}

/** @param problems of the file; @param now Unix time, ms */
export async function putAside(path: string, problems: readonly string[], now: number): Promise<PutAside> {
  try {
    return { problems, aside: await setAside(path, now) }
  } catch (error) {
    return { problems: [...problems, `it cannot be moved aside: ${codeOf(error)}`] }
  }
}
