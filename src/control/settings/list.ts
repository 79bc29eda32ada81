/** Everything that can be changed at run time, in the order in which changes must be made. A new setting is written once, beside these, and gets its line here. */
import { agentAtSetting, agentOnSetting } from './agent-settings.js'
import { enabledSetting } from './enabled-setting.js'
import { frontendLimitSetting, globalLimitSetting } from './limit-settings.js'
import { pauseSetting } from './pause-setting.js'
import { presenceSetting } from './presence-setting.js'
import {
  addressSetting,
  adminSetting,
  checkedSetting,
  probeAtSetting,
  serverLimitSetting,
  weightSetting,
} from './server-settings.js'
import type { Setting } from './setting.js'
import { splitSetting } from './split-setting.js'

export const SETTINGS = [
  // servers before what is set of them
  presenceSetting,
  addressSetting,
  adminSetting,
  weightSetting,
  serverLimitSetting,
  checkedSetting,
  probeAtSetting,
  agentOnSetting,
  agentAtSetting,
  splitSetting,
  pauseSetting,
  enabledSetting,
  frontendLimitSetting,
  globalLimitSetting,
] as const satisfies readonly Setting[]

/** The closed list of kinds of changes. */
export type ChangeKind = (typeof SETTINGS)[number]['kind']

const BY_KIND: ReadonlyMap<string, Setting<ChangeKind>> = new Map(SETTINGS.map((setting) => [setting.kind, setting]))

export function settingOf(kind: ChangeKind): Setting<ChangeKind> {
  const setting = BY_KIND.get(kind)
  if (!setting) throw new Error(`no setting ${kind}`)
  return setting
}

/** @param kind as a file has it */
export function findSetting(kind: string): Setting<ChangeKind> | undefined {
  return BY_KIND.get(kind)
}
