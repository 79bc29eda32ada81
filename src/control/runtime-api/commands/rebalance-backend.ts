import { parseDuration } from '../../../core/duration.js'
import { parseRate } from '../../../core/rate.js'
import type { RebalanceSettings } from '../../rebalance/rebalance-run.js'
import type { Backend } from '../../registry/backend.js'
import type { Call, Command } from '../command.js'
import { type Reply, refuse, show } from '../reply.js'
import { findBackend } from '../target.js'
import { planDocument, rebalanceText, runDocument } from './rebalance-document.js'

const DEFAULTS: RebalanceSettings = { idleMs: 10_000, perHour: 18_000, isPatient: false }
const LONGEST_MS = 24 * 3_600_000
const USAGE = "'rebalance backend' expects <backend> [rate <n>/s] [idle <delay>] [dry-run], or <backend> stop\n"

export const rebalanceBackend: Command = {
  words: ['rebalance', 'backend'],
  usage: 'rebalance backend <bk> [rate <n>/s] [idle <delay>] [dry-run|stop]',
  summary: 'close idle sessions of servers that have more than their share, so that others get them',
  level: 'operator',
  most: 6,
  json: true,
  async run([name, ...words], call) {
    if (name === undefined) return refuse('A backend name is expected.\n')
    const found = findBackend(call.registry, name, 'No such backend.\n')
    if (!found.ok) return found
    if (words[0] === 'stop' && words.length === 1) return stop(found.it, call)
    const isDry = words.includes('dry-run')
    const settings = settingsOf(words.filter((word) => word !== 'dry-run'))
    return settings ? rebalance(found.it, settings, isDry, call) : refuse(USAGE)
  },
}

function settingsOf([key, value, ...others]: readonly string[]): RebalanceSettings | undefined {
  if (key === undefined) return DEFAULTS
  const rest = settingsOf(others)
  const idleMs = key === 'idle' ? parseDuration(value ?? '') : undefined
  const perHour = key === 'rate' ? parseRate(value ?? '') : undefined
  if (!rest || (idleMs === undefined && perHour === undefined)) return undefined
  if (idleMs !== undefined && idleMs > LONGEST_MS) return undefined
  return { ...rest, ...(idleMs !== undefined && { idleMs }), ...(perHour !== undefined && { perHour }) }
}

async function rebalance(
  backend: Backend,
  settings: RebalanceSettings,
  isDry: boolean,
  { rebalancing, client }: Call,
): Promise<Reply> {
  const obstacle = rebalancing.obstacle(backend)
  if (obstacle !== undefined) return refuse(`Backend ${backend.name} cannot be rebalanced: ${obstacle}.\n`)
  if (isDry) {
    const document = planDocument(backend, settings, await rebalancing.look(backend, settings.idleMs), client.name)
    return show(rebalanceText(document), document)
  }
  const run = await rebalancing.begin(backend, settings, client.name)
  if (!run) {
    const by = rebalancing.runOf(backend)?.by
    return refuse(`Backend ${backend.name} is being rebalanced already, by ${by}.\n`)
  }
  const document = runDocument(run)
  return show(rebalanceText(document), document)
}

function stop(backend: Backend, { rebalancing }: Call): Reply {
  const run = rebalancing.runOf(backend)
  if (run?.state !== 'running') return refuse(`Backend ${backend.name} is not being rebalanced.\n`)
  run.stop()
  const document = runDocument(run)
  return show(rebalanceText(document), document)
}
