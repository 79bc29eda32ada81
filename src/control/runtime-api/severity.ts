/** `set severity-output`: how serious a message is, said before it. Dumps have none, nor have replies in JSON. */

export const SEVERITY_OUTPUTS = ['none', 'number', 'string'] as const
export type SeverityOutput = (typeof SEVERITY_OUTPUTS)[number]

/** The two of syslog's that HAProxy's commands use here, with their numbers (RFC 5424). */
const SEVERITIES = { err: 3, info: 6 } as const
export type Severity = keyof typeof SEVERITIES

/** The reply as text, with its severity where it is a message and the client asked for that. */
export function withSeverity(
  { text, severity }: { readonly text: string; readonly severity?: Severity },
  output: SeverityOutput,
): string {
  if (severity === undefined || text === '' || output === 'none') return text
  return `[${output === 'number' ? SEVERITIES[severity] : severity}]: ${text}`
}
