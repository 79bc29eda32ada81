/** Verdicts of a probe, in HAProxy's codes: management guide, `check_status` of `show stat`. */
export const PROBE_CODES = [
  'INI',
  'SOCKERR',
  'L4OK',
  'L4TOUT',
  'L4CON',
  'L6OK',
  'L6TOUT',
  'L6RSP',
  'L7OK',
  'L7TOUT',
  'L7RSP',
  'L7STS',
  'PROCERR',
  'PROCTOUT',
  'PROCOK',
] as const
export type ProbeCode = (typeof PROBE_CODES)[number]
