/** Connects, and closes in order. */
import { connect, type NetConnectOpts } from 'node:net'
import { formatAddress } from '../../../core/address.js'
import { formatDuration } from '../../../core/duration.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { socketFailure } from './socket-failure.js'

export interface TcpProbeSettings {
  readonly type: 'tcp'
}

/**
 * Passes as soon as the connection stands. Then the probe sends FIN and reads what the server may say (a MySQL greeting,
 * an SSH banner) until the server closes too: closing over unread bytes would send a reset, which some servers log and
 * count against us. A server that keeps its side open is left when the time is up.
 */
export const tcp: ProbeDefinition<TcpProbeSettings> = {
  type: 'tcp',
  summary: 'connects, then closes in order',
  run: (attempt) => new Promise((resolve) => open(attempt, resolve)),
}

function open(attempt: Attempt<TcpProbeSettings>, found: (finding: Finding) => void): void {
  const { target, timeoutMs, signal } = attempt
  const at = formatAddress(target)
  const socket = connect(options(attempt))
  const giveUp = () => {
    socket.destroy()
    const words = `no answer from ${at} within ${formatDuration(timeoutMs)}`
    found({ passed: false, code: 'L4TOUT', reason: 'connect-timeout', words })
  }
  signal.addEventListener('abort', giveUp, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', giveUp))
  // also after the finding: a reset while we wait for the server's FIN changes nothing
  socket.on('error', (error) => found(socketFailure(error, target)))
  socket.once('connect', () => {
    attempt.step('connected')
    found({ passed: true, code: 'L4OK', reason: 'passed', words: `connected to ${at}` })
    socket.resume().end()
  })
}

function options({ target, source }: Attempt<TcpProbeSettings>): NetConnectOpts {
  if (target.family === 'unix') return { path: target.path }
  const { host, port } = target
  return source ? { host, port, localAddress: source.host } : { host, port }
}
