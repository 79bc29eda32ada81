/** Whether a server's agent is asked, and where and with what words. */
import { inetAddress } from '../../core/address.js'
import type { AgentAt } from '../registry/server.js'
import { LARGEST_PORT, table, wholeNumber } from './parse.js'
import { serverSetting } from './server-setting.js'
import { SWITCH, switchOf } from './switch.js'

/** The config has no word for it: an agent that it has is on. */
export const agentOnSetting = serverSetting({
  kind: 'agent-on',
  label: 'agent',
  parse: (value) => SWITCH.find((state) => state === value),
  configured: () => 'on',
  current: (server) => switchOf(server.isAgentOn),
  apply: ({ registry }, server, state, by) => registry.setAgentOn(server, state === 'on', by),
  follow: (registry, note) =>
    registry.on('agent-on', (server, is, by) => note(server, switchOf(!is), switchOf(is), by)),
  command: (path, state) => `${state === 'on' ? 'enable' : 'disable'} agent ${path}`,
})

/** Null: as the config has it. */
export const agentAtSetting = serverSetting({
  kind: 'agent-at',
  label: 'address of its agent',
  parse: (value) => (value === null ? null : described(agentIn(value))),
  configured: () => null,
  current: ({ agentAt }) => described(agentAt),
  apply: ({ registry }, server, value, by) => registry.setAgentAt(server, agentIn(value), by),
  follow: (registry, note) =>
    registry.on('agent-at', (server, was, is, by) => note(server, described(was), described(is), by)),
  command(path, value) {
    const { host, port, send } = agentIn(value)
    const words = send === undefined ? [] : [`set server ${path} agent-send ${escaped(send)}`]
    if (host !== undefined)
      words.push(`set server ${path} agent-addr ${host}${port === undefined ? '' : ` port ${port}`}`)
    else if (port !== undefined) words.push(`set server ${path} agent-port ${port}`)
    return words.join('; ')
  },
})

function described({ host, port, send }: AgentAt): Readonly<Record<string, string | number>> | null {
  if (host === undefined && port === undefined && send === undefined) return null
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(send !== undefined && { send }),
  }
}

/** What is no address, no port and no text is left out. */
function agentIn(value: unknown): AgentAt {
  const { host, port, send } = table(value) ?? {}
  const address = typeof host === 'string' ? inetAddress(host, 1) : undefined
  const number = wholeNumber(port, LARGEST_PORT)
  return {
    ...(address && { host: address.host }),
    ...(number && { port: number }),
    ...(typeof send === 'string' && { send }),
  }
}

/** As one word of a command. */
function escaped(text: string): string {
  return text.replace(/[\\ \t;<]/g, '\\$&')
}
