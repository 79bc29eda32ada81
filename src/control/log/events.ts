/** The closed lists of the log: which lines there are, and which fields they carry. docs/logs.md describes them. */

/** Least serious first, in pino's names. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** Every kind of line and its level. */
export const LOG_EVENTS = {
  startup: 'info',
  'engine-fallback': 'warn',
  'config-warning': 'warn',
  reload: 'info',
  'reload-refused': 'error',
  'listener-bound': 'info',
  upgrading: 'info',
  'upgrade-failed': 'error',
  'handed-over': 'info',
  stopping: 'info',
  stopped: 'info',
  session: 'info',
  'server-up': 'info',
  'server-down': 'warn',
  'probe-misconfigured': 'warn',
  'agent-silent': 'warn',
  'agent-answers': 'info',
  'backend-up': 'info',
  'backend-down': 'error',
  role: 'info',
  'primary-lost': 'error',
  'primary-moved': 'warn',
  'split-brain': 'error',
  'split-brain-over': 'info',
  lagging: 'warn',
  'caught-up': 'info',
  'sessions-killed': 'warn',
  rebalancing: 'info',
  rebalanced: 'info',
  'admin-state': 'info',
  weight: 'info',
  split: 'info',
  paused: 'info',
  resumed: 'info',
  'pause-timeout': 'warn',
  address: 'info',
  changed: 'info',
  'state-restored': 'info',
  'state-dropped': 'warn',
  'state-unusable': 'error',
  'state-not-kept': 'warn',
  'state-kept-again': 'info',
  'name-failing': 'warn',
  'name-recovered': 'info',
  'worker-died': 'error',
  'worker-restarted': 'info',
  'worker-refused': 'error',
  'worker-notice': 'warn',
  'records-dropped': 'warn',
  'log-dropped': 'warn',
  failure: 'error',
} as const satisfies Readonly<Record<string, LogLevel>>
export type LogEvent = keyof typeof LOG_EVENTS

/** Beside `time`, `level`, `event` and, on every line but a session's, `msg`. Names end in their unit. */
export const LOG_FIELDS = [
  'id',
  'protocol',
  'frontend',
  'backend',
  'server',
  'servers',
  'client',
  'reason', // of a session's end: core/reasons
  'why', // words
  'probe_reason', // of a failed probe: control/health/probes/reasons
  'began',
  'duration_ms',
  'wait_ms',
  'connect_ms',
  'retries',
  'bytes_in',
  'bytes_out',
  'datagrams_in',
  'datagrams_out',
  'detail',
  'serving', // servers of the backend that take new sessions
  'sessions',
  'waiting', // sessions without a server
  'setting', // control/settings
  'from',
  'to',
  'by',
  'address',
  'host',
  'worker',
  'workers',
  'pid',
  'generation',
  'pause_ms',
  'deadline_ms',
  'notice', // core/messages
  'count',
  'version',
  'engine',
  'config',
  'file',
  'changes', // of settings, in words
  'changes',
  'socket',
  'metrics',
  'stack',
] as const
export type LogField = (typeof LOG_FIELDS)[number]

export type LogFields = { readonly [field in LogField]?: string | number | readonly string[] | undefined }
