/** A client of the stats socket: one command, one answer. */
import { connect } from 'node:net'
import type { Address } from '../../../core/address.js'
import { formatAddress } from '../../../core/address.js'

/** What can be in the way of an answer. */
export const SOCKET_FAILURES = ['missing', 'refused', 'denied', 'timeout', 'broken'] as const
export type SocketFailure = (typeof SOCKET_FAILURES)[number]

export class SocketError extends Error {
  constructor(
    readonly address: Address,
    readonly reason: SocketFailure,
    detail: string,
  ) {
    super(`${formatAddress(address)}: ${detail}`)
  }
}

const REASONS: Readonly<Record<string, SocketFailure>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ECONNREFUSED: 'refused',
  EACCES: 'denied',
  EPERM: 'denied',
}

export function reasonOf(error: unknown): SocketFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? 'broken'
}

/**
 * The answer as it came, its last empty line included.
 * @param timeoutMs how long the whole answer may take
 */
export function askOnce(address: Address, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.family === 'unix' ? { path: address.path } : address)
    const fail = (reason: SocketFailure, detail: string) => reject(new SocketError(address, reason, detail))
    const chunks: Buffer[] = []
    const timer = setTimeout(() => {
      fail('timeout', `no answer within ${timeoutMs} ms`)
      socket.destroy()
    }, timeoutMs)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', (error) => fail(reasonOf(error), error.message))
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()))
    socket.on('close', () => {
      clearTimeout(timer)
      fail('broken', 'closed before it answered')
    })
    socket.write(`${command}\n`)
  })
}
