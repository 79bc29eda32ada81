/** Why a probe ended as it did: one word for status, log and metrics, whose closed list this is. */

export const PROBE_REASONS = [
  'passed',
  // of this machine
  'no-resources', // out of descriptors or memory: nothing about the server
  'misconfigured', // a credentials file that cannot be read, a command that does not exist
  // to connect
  'refused',
  'unreachable',
  'connect-timeout',
  'connect-error',
  // to talk
  'reset',
  'closed', // closed in order before it had answered
  'no-answer', // accepted, and silent until the time was up
  'truncated', // half an answer, then the end of the connection or of the time
  'garbage', // an answer that is not of this protocol
  'wrong-answer', // of the protocol, and not what was asked for: a status, a body, an exit code, a line
  // TLS
  'tls-required', // it takes nobody without
  'tls-refused', // it has none
  'tls-failed', // the handshake
  'certificate', // not valid, or too soon not valid
  // to log in
  'wrong-password',
  'wrong-database',
  'denied', // not let in for another reason
  'too-many-connections',
  // to be asked
  'not-ready', // alive, and not serving yet: starting, loading, joining
  'query-failed',
  'query-timeout', // logged in, and then no answer in time
  // it said so itself
  'says-down',
] as const
export type ProbeReason = (typeof PROBE_REASONS)[number]
