/** Sends a datagram and expects a reply. */
import { createSocket } from 'node:dgram'
import { formatAddress, type InetAddress } from '../../../core/address.js'
import { formatDuration } from '../../../core/duration.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { quote } from './quote.js'
import { socketFailure } from './socket-failure.js'

export interface UdpProbeSettings {
  readonly type: 'udp'
  /** The datagram. */
  readonly send: Uint8Array
  /** What the reply must begin with; without it any reply passes. */
  readonly expect?: Uint8Array | undefined
}

/**
 * Passes on a reply that begins as expected. A refusal (ICMP port unreachable) is known at once, silence only when the
 * time is up. The first reply decides: every probe has a port of its own, so no late reply to another gets in.
 */
export const udp: ProbeDefinition<UdpProbeSettings> = {
  type: 'udp',
  summary: 'sends a datagram and expects a reply',
  async run(attempt) {
    const { target } = attempt
    if (target.family !== 'unix') return new Promise((resolve) => ask(attempt, target, resolve))
    const words = `${formatAddress(target)} is a stream: it takes no datagrams`
    return { passed: false, code: 'L4CON', reason: 'connect-error', words }
  },
}

function ask(attempt: Attempt<UdpProbeSettings>, target: InetAddress, found: (finding: Finding) => void): void {
  const { source, settings, timeoutMs, signal } = attempt
  const at = formatAddress(target)
  const socket = createSocket(target.family === 4 ? 'udp4' : 'udp6')
  let isSettled = false
  const settle = (finding: Finding) => {
    if (isSettled) return
    isSettled = true
    signal.removeEventListener('abort', giveUp)
    socket.close()
    found(finding)
  }
  const giveUp = () => {
    const words = `no reply from ${at} within ${formatDuration(timeoutMs)}`
    settle({ passed: false, code: 'L7TOUT', reason: 'no-answer', words })
  }
  const fail = (error: NodeJS.ErrnoException) => settle(failure(error, target))
  const send = () => isSettled || socket.send(settings.send, (error) => error && fail(error))
  const connect = () => isSettled || socket.connect(target.port, target.host)

  signal.addEventListener('abort', giveUp, { once: true })
  if (source) socket.bind(0, source.host, connect)
  else connect()
  socket.once('connect', send)
  socket.on('message', (reply) => settle(judge(reply, settings.expect, at)))
  // last: a bind that failed must first be over for the socket itself, else it would put off its close for ever
  socket.on('error', fail)
}

function failure(error: NodeJS.ErrnoException, target: InetAddress): Finding {
  if (error.code !== 'ECONNREFUSED') return socketFailure(error, target)
  const words = `datagram refused by ${formatAddress(target)} (port unreachable)`
  return { passed: false, code: 'L4CON', reason: 'refused', words }
}

function judge(reply: Uint8Array, expect: Uint8Array | undefined, at: string): Finding {
  if (!expect || Buffer.compare(reply.subarray(0, expect.length), expect) === 0) {
    return { passed: true, code: 'L7OK', reason: 'passed', words: `reply of ${reply.length} bytes from ${at}` }
  }
  const words = `unexpected reply from ${at}: ${quote(reply)}, expected it to begin with ${quote(expect)}`
  return { passed: false, code: 'L7RSP', reason: 'wrong-answer', words }
}
