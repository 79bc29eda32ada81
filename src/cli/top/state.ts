/** What `top` shows, and what a key does to it. Pure: asking the daemon is the caller's. */
import type { ServerStatus, StatusDocument } from '../../control/runtime-api/status/document.js'
import { type History, serversOf } from './history.js'

/** What can be done to the chosen server. */
export type Action =
  | { readonly do: 'state'; readonly state: 'ready' | 'drain' | 'maint' }
  | { readonly do: 'weight'; readonly weight: string }

export type Mode =
  | { readonly is: 'list' }
  | { readonly is: 'help' }
  /** A weight is being typed. */
  | { readonly is: 'weight'; readonly path: string; readonly text: string }
  | { readonly is: 'confirm'; readonly path: string; readonly action: Action }

export interface TopState {
  /** Undefined until the daemon has answered. */
  readonly document: StatusDocument | undefined
  readonly history: History
  /** The chosen server. */
  readonly chosen: string | undefined
  readonly mode: Mode
  readonly isPaused: boolean
  /** What the last change or the last failure was. */
  readonly message: Message | undefined
}

export interface Message {
  readonly text: string
  readonly isBad: boolean
  /** The daemon does not answer: gone as soon as it does. */
  readonly isLost?: boolean
}

export function initialState(history: History): TopState {
  return { document: undefined, history, chosen: undefined, mode: { is: 'list' }, isPaused: false, message: undefined }
}

/** The daemon answered. The history has the document already. */
export function withDocument(state: TopState, document: StatusDocument): TopState {
  const paths = serversOf(document).map(({ path }) => path)
  const isThere = state.chosen !== undefined && paths.includes(state.chosen)
  return { ...state, document, chosen: isThere ? state.chosen : paths[0] }
}

export function chosenServer({ document, chosen }: TopState): ServerStatus | undefined {
  return document && serversOf(document).find(({ path }) => path === chosen)
}
