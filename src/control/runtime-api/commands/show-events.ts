import type { LoggedEvent } from '../../log/recent.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'

/** `-w` is HAProxy's name for it. */
const FOLLOW = ['-f', '-w']

export const showEvents: Command = {
  words: ['show', 'events'],
  usage: 'show events [<count>] [-f] [json]',
  summary: 'the last events, and with -f those to come, until anything is sent',
  level: 'operator',
  most: 2,
  json: true,
  run(args, { events, json }) {
    const follows = FOLLOW.includes(args.at(-1) ?? '')
    const [count, ...rest] = follows ? args.slice(0, -1) : args
    if (rest.length > 0 || (count !== undefined && !/^\d{1,6}$/.test(count))) {
      return refuse("'show events' expects [<count>] [-f].\n")
    }
    const past = events.last(count === undefined ? events.capacity : Number(count))
    const line = json ? (event: LoggedEvent) => `${JSON.stringify(event)}\n` : lineOf
    if (!follows) return show(past.map(line).join(''), past)
    const follow = async function* (stop: AbortSignal) {
      for await (const { missed, fresh } of events.from(events.next, stop)) {
        yield `${missed > 0 ? `# ${missed} events missed\n` : ''}${fresh.map(line).join('')}`
      }
    }
    return { ok: true, text: past.map(line).join(''), follow }
  },
}

function lineOf({ at, event, words }: LoggedEvent): string {
  return `${new Date(at).toISOString()} ${event}: ${words}\n`
}
