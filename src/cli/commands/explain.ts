import type { Command } from 'commander'
import { parseClient } from '../../control/runtime-api/explain/client-address.js'
import type { Candidate, ExplainDocument, Way } from '../../control/runtime-api/explain/document.js'
import { formatDuration } from '../../core/duration.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { type Cell, type Column, formatTable, type TableStyle } from '../format/table.js'
import { wrap } from '../format/wrap.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { wordOf } from './server-word.js'

const CLIENT = 'expected its address, such as 192.0.2.7, 192.0.2.7:50000 or [2001:db8::7]:50000'

export function addExplain(program: Command, invocation: Invocation): void {
  const command = program
    .command('explain')
    .description('which server a client gets, by what rule, and why not the others')
  invocation
    .remote(
      command
        .argument('<client>', "the client's address: 192.0.2.7, 192.0.2.7:50000 or [2001:db8::7]:50000")
        .argument('<frontend>'),
    )
    .action((client: string, frontend: string, options: RemoteOptions) =>
      explain(client, frontend, options, invocation),
    )
}

async function explain(
  client: string,
  frontend: string,
  { socket, json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  if (parseClient(client) === undefined) throw new Failure(`"${client}" is no client: ${CLIENT}`, EXIT.usage)
  const document = await invocation
    .daemon(socket)
    .ask<ExplainDocument>(`show explain ${wordOf(client)} ${wordOf(frontend)}`)
  if (json) return invocation.printJson(document)
  const { style } = invocation
  invocation.print(refused(document, style))
  const split = document.ways.length > 1
  invocation.print(document.ways.map((way) => wayWords(document, way, split, style)).join('\n'))
}

function refused({ refused, frontend }: ExplainDocument, { paint, width }: TableStyle): string {
  if (refused.length === 0) return ''
  const opening = paint(`A new session to ${frontend} would be refused at present:`, 'red')
  return `${opening}\n${refused.map((why) => wrap(why, width, '  ')).join('')}\nOtherwise:\n`
}

function wayWords({ client, frontend }: ExplainDocument, way: Way, split: boolean, style: TableStyle): string {
  const { width, paint } = style
  const chance = split ? `${percent(way.share)} of its sessions go to ` : ''
  const route = wrap(`${client} to ${frontend}: ${chance}backend ${way.backend}, policy ${way.policy}`, width, '')
  const answer = sentencesOf(way, split).map((one, i) => {
    const text = wrap(one, width, '  ')
    return i === 0
      ? paint(text.trimEnd(), way.server === null || way.paused !== null ? 'yellow' : 'green').concat('\n')
      : text
  })
  const rows = way.servers.map((one) => row(one, way))
  return `${route}${answer.join('')}\n${formatTable(columnsFor(way), rows, style)}${reasons(way, width)}`
}

/** Why the others cannot be taken: too long for the table. */
function reasons({ servers }: Way, width: number | undefined): string {
  const out = servers.filter(({ obstacles }) => obstacles.length > 0)
  if (out.length === 0) return ''
  const lines = out.map(({ path, obstacles }) => wrap(`${path}: ${obstacles.join('; ')}`, width, '  '))
  return `\nNot eligible:\n${lines.join('')}`
}

/** The answer, then the rule behind it. */
function sentencesOf(way: Way, split: boolean): string[] {
  const { server, own, next, key, rule } = way
  const sentences = [answerOf(way, split), `rule: ${rule}${keyWords(key)}`]
  if (own !== null) sentences.push(`${own} is its own server, and gets it back as soon as it can take sessions again`)
  if (server !== null && next !== null) sentences.push(`should it not connect: ${next}`)
  return sentences
}

function answerOf({ paused, ...way }: Way, split: boolean): string {
  const answer = answerByServers(way, split)
  return paused === null ? answer : `waits, for ${way.backend} is ${paused}; were it resumed now, the client ${answer}`
}

function answerByServers({ server, servers, key, waitMs }: Omit<Way, 'paused'>, split: boolean): string {
  const eligible = servers.filter(({ obstacles }) => obstacles.length === 0)
  if (eligible.length === 0) {
    const end = waitMs === 0 ? 'is refused' : `waits up to ${formatDuration(waitMs)} for one`
    const fate = split ? 'its share goes to backends that have one, if any' : `and the client ${end}`
    return `gets no server: none can take a session, ${fate}`
  }
  if (server !== null) return key === null ? `gets ${server}, as would anybody now` : `gets ${server}`
  return `gets any of ${eligible.length}: the policy does not look at the client`
}

function keyWords(key: Way['key']): string {
  if (key === null) return ''
  return key === 'address' ? ', known by its address' : ', known by its address and port'
}

/** Who looks at clients shares them out; who does not, the next session. */
function columnsFor({ key }: Way): readonly Column[] {
  return [
    { head: 'SERVER', shrinks: true },
    { head: key === null ? 'NEXT' : 'CLIENTS', isNumber: true },
    { head: 'WEIGHT', isNumber: true },
    { head: 'LIVE', isNumber: true },
  ]
}

function row({ path, share, weight, live, obstacles }: Candidate, { server }: Way): Cell[] {
  const isOut = obstacles.length > 0
  return [
    isOut ? { text: path, colour: 'dim' } : path === server ? { text: path, colour: 'green' } : path,
    isOut ? '-' : percent(share),
    String(weight),
    String(live),
  ]
}

/** An estimate is no better than a percent. */
function percent(share: number): string {
  return share > 0 && share < 0.005 ? '<1%' : `${Math.round(share * 100)}%`
}
