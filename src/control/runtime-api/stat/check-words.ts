/** HAProxy's words and numbers for the verdicts of a probe. */
import type { ProbeCode } from '../../registry/server.js'

const CODES: Record<ProbeCode, { readonly words: string; readonly number: number }> = {
  INI: { words: 'Initializing', number: 1 },
  SOCKERR: { words: 'Socket error', number: 5 },
  L4OK: { words: 'Layer4 check passed', number: 6 },
  L4TOUT: { words: 'Layer4 timeout', number: 7 },
  L4CON: { words: 'Layer4 connection problem', number: 8 },
  L6OK: { words: 'Layer6 check passed', number: 9 },
  L6TOUT: { words: 'Layer6 timeout', number: 10 },
  L6RSP: { words: 'Layer6 invalid response', number: 11 },
  L7TOUT: { words: 'Layer7 timeout', number: 12 },
  L7RSP: { words: 'Layer7 invalid response', number: 13 },
  L7OK: { words: 'Layer7 check passed', number: 14 },
  L7STS: { words: 'Layer7 wrong status', number: 16 },
  PROCERR: { words: 'External check error', number: 17 },
  PROCTOUT: { words: 'External check timeout', number: 18 },
  PROCOK: { words: 'External check passed', number: 19 },
}

/** As in `check_desc` of `show stat`. */
export function describeCode(code: ProbeCode): string {
  return CODES[code].words
}
/** As in `srv_check_status` of `show servers state`. */
export function numberOfCode(code: ProbeCode): number {
  return CODES[code].number
}
