/** A frontend as control describes it to workers, for tests that are about something else than its settings. */
import type { FrontendShape } from '../../src/core/messages.js'

/** TCP on a free port of loopback, to the backend of row 0, unless told otherwise. */
export function frontendShape(but: Partial<FrontendShape> = {}): FrontendShape {
  return {
    id: 0,
    name: 'f',
    backends: [0],
    protocol: 'tcp',
    listeners: [{ protocol: 'tcp', address: { family: 4, host: '127.0.0.1', port: 0 }, share: 0 }],
    clientIdleMs: 0,
    logEmpty: false,
    speaks: 'tcp',
    tcp: { noDelay: true, keepalive: false, userTimeoutMs: 0 },
    backlog: 128,
    deferAccept: false,
    role: 'any',
    ...but,
  }
}
