/** A certificate that is judged after the handshake: a handshake that is broken off for it would be counted as an error. */
import type { ConnectionOptions, TLSSocket } from 'node:tls'

export interface Postponed {
  readonly options: ConnectionOptions
  /** After the handshake: what the options as they were would have said against it. */
  verdict(socket: TLSSocket): NodeJS.ErrnoException | undefined
}

export function postponeVerdict(tls: ConnectionOptions): Postponed {
  let misnamed: Error | undefined
  return {
    options: {
      ...tls,
      rejectUnauthorized: false,
      checkServerIdentity: (name, certificate) => {
        misnamed = tls.checkServerIdentity?.(name, certificate)
        return misnamed
      },
    },
    verdict(socket) {
      if (tls.rejectUnauthorized === false || socket.authorized) return undefined
      // Node has the code in it, whatever its types say
      const code = String(socket.authorizationError)
      return misnamed ?? Object.assign(new Error(code), { code })
    },
  }
}
