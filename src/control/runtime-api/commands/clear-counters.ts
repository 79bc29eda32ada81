/** `clear counters` begins the highest values again, `clear counters all` also what was counted; metrics go on counting. */
import type { Registry } from '../../registry/registry.js'
import type { Command } from '../command.js'
import { allows } from '../level.js'
import { done, refuse } from '../reply.js'

export const clearCounters: Command = {
  words: ['clear', 'counters'],
  usage: 'clear counters [all]',
  summary: 'clear max statistics counters (or all counters)',
  level: 'operator',
  most: 1,
  json: true,
  run([which], { registry, rates, client }) {
    if (which !== undefined && which !== 'all') return refuse("'clear counters' expects 'all' or nothing.\n")
    if (which === 'all' && !allows(client.level, 'admin')) return refuse('Permission denied\n')
    registry.board.clearPeaks()
    rates.clearPeaks()
    if (which === 'all') clearAll(registry)
    return done({ cleared: which ?? 'max' })
  },
}

function clearAll({ tally, frontends, backends }: Registry): void {
  for (const frontend of frontends) tally.clearFrontend(frontend)
  for (const backend of backends) {
    tally.clearBackend(backend)
    for (const server of backend.servers) tally.clearServer(server)
  }
}
