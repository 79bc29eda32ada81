/** Sessions at one time, of a frontend and of all together; 0 is no limit. */
import { MOST_SESSIONS, wholeNumber } from './parse.js'
import type { Setting } from './setting.js'

export const frontendLimitSetting: Setting<'frontend-limit'> = {
  kind: 'frontend-limit',
  label: 'max sessions',
  parse,
  all: ({ frontends }) => frontends.map(({ name, maxSessions }) => [name, maxSessions]),
  configured: ({ frontends }, target) => frontends.find(({ name }) => name === target)?.maxSessions,
  current: (registry, target) => registry.frontend(target)?.maxSessions,
  apply({ registry }, target, value, by) {
    const [frontend, max] = [registry.frontend(target), parse(value)]
    if (frontend && max !== undefined) registry.setFrontendLimit(frontend, max, by)
  },
  follow: (registry, note) =>
    registry.on('frontend-limit', (frontend, was, is, by) => note(frontend.name, was, is, by)),
  command: (target, max) => `set maxconn frontend ${target} ${max}`,
}

export const globalLimitSetting: Setting<'global-limit'> = {
  kind: 'global-limit',
  label: 'max sessions of all frontends',
  parse,
  all: ({ runtime }) => [['', runtime.maxSessions]],
  configured: ({ runtime }, target) => (target === '' ? runtime.maxSessions : undefined),
  current: ({ board }, target) => (target === '' ? board.maxSessions : undefined),
  apply({ registry }, _, value, by) {
    const max = parse(value)
    if (max !== undefined) registry.setGlobalLimit(max, by)
  },
  follow: (registry, note) => registry.on('global-limit', (was, is, by) => note('', was, is, by)),
  command: (_, max) => `set maxconn global ${max}`,
}

function parse(value: unknown): number | undefined {
  return wholeNumber(value, MOST_SESSIONS)
}
