/** `probe <b>/<s>`: one probe now, from here, each step with its time. Its check does not hear of it. */
import { aimAt } from '../../health/aim.js'
import { noCheckWords, probeOnce } from '../../health/probe-once.js'
import { probeLines } from '../../health/probe-words.js'
import type { Server } from '../../registry/server.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'
import { findServer } from '../target.js'

/** One at a time for each server: whoever repeats it in a loop is no load test. */
const underWay = new WeakSet<Server>()

export const probe: Command = {
  words: ['probe'],
  usage: 'probe <bk>/<srv> [json]',
  summary: 'probe a server once, and tell each step and the verdict; rise and fall do not count it',
  level: 'operator',
  most: 1,
  json: true,
  async run([path], { registry }) {
    const found = findServer(registry, path)
    if (!found.ok) return found
    const server = found.it
    const { check } = registry.backendOf(server).settings
    if (!check) return refuse(`${noCheckWords(server.path)}.\n`)
    const aim = aimAt(registry, server, check)
    if (!aim) return refuse(`${server.path} has no address: its host name has not resolved.\n`)
    if (underWay.has(server)) return refuse(`${server.path} is being probed already, by another client.\n`)
    underWay.add(server)
    try {
      const document = await probeOnce(aim, server.settings)
      return show(`${probeLines(document).join('\n')}\n`, document)
    } finally {
      underWay.delete(server)
    }
  },
}
