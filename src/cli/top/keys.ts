/** Keys of `top`. */
import { serversOf } from './history.js'
import type { Action, TopState } from './state.js'

/** What a key leads to: another state, and perhaps something to do. */
export interface Outcome {
  readonly state: TopState
  readonly effect?: Effect
}

export type Effect =
  | { readonly do: 'quit' }
  | { readonly do: 'suspend' }
  | { readonly do: 'change'; readonly path: string; readonly action: Action }

/** What help shows, in its order. */
export const KEYS = [
  ['↑ ↓  k j', 'choose a server (Page Up, Page Down, Home, End)'],
  ['d', 'drain: no new sessions; those it has go on'],
  ['r', 'ready: takes sessions again'],
  ['m', 'maint: as drain, and its checks stop'],
  ['w', 'weight: 0 to 256, or 50% of the configured one'],
  ['space', 'pause, and go on'],
  ['?  h', 'this help'],
  ['q', 'quit (also Ctrl-C)'],
] as const

const PAGE = 10

/** @param key its name, e.g. `up`, `d`, `?`, `return`, `ctrl-c` */
export function pressed(state: TopState, key: string): Outcome {
  if (key === 'ctrl-c') return { state, effect: { do: 'quit' } }
  if (key === 'ctrl-z') return { state, effect: { do: 'suspend' } }
  switch (state.mode.is) {
    case 'list':
      // the message has been read
      return inList({ ...state, message: undefined }, key)
    case 'help':
      // any key leaves it, but q still means what it says
      return key === 'q' ? { state, effect: { do: 'quit' } } : back(state)
    case 'confirm':
      return inConfirm(state, state.mode, key)
    case 'weight':
      return inWeight(state, state.mode, key)
  }
}

const MOVES: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -PAGE,
  pagedown: PAGE,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
}
const STATES: Readonly<Record<string, 'ready' | 'drain' | 'maint'>> = { r: 'ready', d: 'drain', m: 'maint' }

function inList(state: TopState, key: string): Outcome {
  const { chosen } = state
  const by = MOVES[key]
  if (by !== undefined) return { state: moved(state, by) }
  const wanted = STATES[key]
  if (wanted && chosen !== undefined) return ask(state, chosen, { do: 'state', state: wanted })
  if (key === 'w' && chosen !== undefined)
    return { state: { ...state, mode: { is: 'weight', path: chosen, text: '' } } }
  if (key === 'space') return { state: { ...state, isPaused: !state.isPaused } }
  if (key === '?' || key === 'h') return { state: { ...state, mode: { is: 'help' } } }
  return key === 'q' ? { state, effect: { do: 'quit' } } : { state }
}

function moved(state: TopState, by: number): TopState {
  const paths = state.document ? serversOf(state.document).map(({ path }) => path) : []
  const at = state.chosen === undefined ? 0 : paths.indexOf(state.chosen)
  const place = Math.max(0, Math.min(paths.length - 1, at + by))
  return { ...state, chosen: paths[place] }
}

function ask(state: TopState, path: string, action: Action): Outcome {
  return { state: { ...state, mode: { is: 'confirm', path, action } } }
}

function back(state: TopState): Outcome {
  return { state: { ...state, mode: { is: 'list' } } }
}

/** Only y does it: whoever presses another key by mistake changes nothing. */
function inConfirm(state: TopState, { path, action }: { path: string; action: Action }, key: string): Outcome {
  const { state: list } = back(state)
  if (key === 'y') return { state: list, effect: { do: 'change', path, action } }
  return { state: { ...list, message: { text: 'nothing changed', isBad: false } } }
}

function inWeight(state: TopState, mode: { path: string; text: string }, key: string): Outcome {
  const { path, text } = mode
  const typed = (text: string): Outcome => ({ state: { ...state, mode: { is: 'weight', path, text } } })
  if (/^[\d%]$/.test(key)) return typed(text + key)
  if (key === 'backspace') return typed(text.slice(0, -1))
  if (key === 'return' || key === 'enter') {
    if (/^\d+%?$/.test(text)) return ask(state, path, { do: 'weight', weight: text })
    return { state: { ...back(state).state, message: { text: `"${text}" is no weight`, isBad: true } } }
  }
  return key === 'escape' || key === 'q' ? back(state) : { state }
}
