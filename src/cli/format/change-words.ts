/** Changes of settings, in words. */
import type { ChangeKind } from '../../control/settings/list.js'
import { formatValue, type Value } from '../../control/settings/value.js'

interface Subject {
  /** Empty for the process. */
  readonly target: string
  readonly label: string
}

/** `replicas/r1: weight` */
export function subjectWords({ target, label }: Subject): string {
  return target === '' ? label : `${target}: ${label}`
}

/** What made a change, without the way by which it came: `alice (uid 1000, pid 4711)`. */
export function whoWords(by: string): string {
  return by.replace(/^runtime-api /, '')
}

/** Arguments of `headgate` that give the setting this value; undefined where no command does. */
export function commandFor(kind: ChangeKind, target: string, value: Value): string | undefined {
  return COMMANDS[kind]?.(target, value)
}

const COMMANDS: Readonly<Record<ChangeKind, ((target: string, value: Value) => string) | undefined>> = {
  server: (path, value) => (isTable(value) ? `add ${path} ${addWords(value)}` : `remove ${path}`),
  admin: (path, state) => `${state} ${path}`,
  weight: (path, weight) => `weight ${path} ${weight}`,
  split: (frontend, weights) => `split ${frontend} ${formatValue(weights)}`,
  pause: (backend, timeout) => (timeout === 'none' ? `resume ${backend}` : `pause ${backend} --timeout ${timeout}`),
  address: undefined,
  'server-limit': undefined,
  checked: undefined,
  'probe-at': undefined,
  'agent-on': undefined,
  'agent-at': undefined,
  frontend: undefined,
  'frontend-limit': undefined,
  'global-limit': undefined,
}

type Table = Extract<Value, object>

function isTable(value: Value): value is Table {
  return typeof value === 'object' && value !== null
}

function addWords({ address = '', weight = 0, maxSessions = 0, admin }: Table): string {
  const limit = maxSessions === 0 ? '' : ` --max-sessions ${maxSessions}`
  return `${address} --weight ${weight}${limit}${admin === 'maint' ? ' --maint' : ''}`
}
