import { nearest } from '../../../core/nearest.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'

const SIDES = ['request', 'response']

export const showErrors: Command = {
  words: ['show', 'errors'],
  usage: 'show errors [<px>] [request|response]',
  summary: 'report last request and/or response errors for each proxy: none, layer 4 parses neither',
  level: 'operator',
  most: 2,
  json: true,
  run([proxy, side], { registry, now }) {
    const names = [...registry.frontends, ...registry.backends].map(({ name }) => name)
    if (proxy !== undefined && proxy !== '-1' && !names.includes(proxy)) {
      return refuse('No such proxy.\n', nearest(proxy, names))
    }
    if (side !== undefined && !SIDES.includes(side)) return refuse("'show errors' expects [<px>] [request|response].\n")
    return show(`Total events captured on [${stamp(new Date(now))}] : 0\n`, [])
  },
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Local time as HAProxy writes it: `21/Nov/2026:14:36:15.261`. */
function stamp(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${two(at.getDate())}/${MONTHS[at.getMonth()]}/${at.getFullYear()}`
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
  return `${day}:${time}.${String(at.getMilliseconds()).padStart(3, '0')}`
}
