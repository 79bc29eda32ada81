/** Frontends that were closed at run time: `enabled` or `disabled`. The config has no word for it: each starts enabled. */
import type { Setting } from './setting.js'

const STATES = ['enabled', 'disabled'] as const
type State = (typeof STATES)[number]

export const enabledSetting: Setting<'frontend'> = {
  kind: 'frontend',
  label: 'frontend',
  parse,
  all: ({ frontends }) => frontends.map(({ name }) => [name, 'enabled']),
  configured: ({ frontends }, target) => (frontends.some(({ name }) => name === target) ? 'enabled' : undefined),
  current(registry, target) {
    const frontend = registry.frontend(target)
    return frontend && stateOf(frontend.isEnabled)
  },
  async apply({ registry, topology }, target, value, by) {
    const [frontend, state] = [registry.frontend(target), parse(value)]
    if (frontend && state) await registry.setEnabled(frontend, state === 'enabled', by, () => topology.configure())
  },
  follow(registry, note) {
    registry.on('enabled', (frontend, is, by) => note(frontend.name, stateOf(!is), stateOf(is), by))
  },
  command: (target, state) => `${state === 'enabled' ? 'enable' : 'disable'} frontend ${target}`,
}

function parse(value: unknown): State | undefined {
  return STATES.find((state) => state === value)
}

function stateOf(isEnabled: boolean): State {
  return isEnabled ? 'enabled' : 'disabled'
}
