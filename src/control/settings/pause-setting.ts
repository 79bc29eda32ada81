/**
 * Whether a backend is paused: `none`, or for how long it was asked, `20s`. The config has no word for it, and neither
 * has the state file: a pause must not outlive the process that would end it.
 */
import { formatDuration, parseDuration } from '../../core/duration.js'
import type { Pause } from '../registry/pause.js'
import type { Setting } from './setting.js'

const NONE = 'none'

export const pauseSetting: Setting<'pause'> = {
  kind: 'pause',
  label: 'pause',
  parse: (value) => (value === NONE || timeoutOf(value) !== undefined ? String(value) : undefined),
  all: () => [],
  configured: () => undefined,
  current(registry, target) {
    const backend = registry.backend(target)
    return backend && pausedFor(backend.pause)
  },
  apply({ registry }, target, value, by) {
    const [backend, timeoutMs] = [registry.backend(target), timeoutOf(value)]
    if (!backend || pausedFor(backend.pause) === value) return
    if (timeoutMs === undefined) registry.resume(backend, by)
    else registry.pause(backend, timeoutMs, by)
  },
  follow(registry, note) {
    registry.on('pause', (backend, was, is, by) => {
      const [from, to] = [pausedFor(was), pausedFor(is)]
      if (from !== to) note(backend.name, from, to, by)
    })
  },
  command: (target, value) =>
    value === NONE ? `resume backend ${target}` : `pause backend ${target} timeout ${String(value)}`,
}

function pausedFor(pause: Pause | undefined): string {
  return pause?.state === 'paused' ? formatDuration(pause.timeoutMs) : NONE
}

function timeoutOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseDuration(value) : undefined
}
