/** One probe for whoever wants to watch it: each step with its time, then the verdict. It moves neither rise nor fall. */
import { formatAddress } from '../../core/address.js'
import type { Aim } from './aim.js'
import type { Advice, DatabaseFinding, Finding, ServerName } from './probes/probe.js'
import { type StartProbe, startProbe } from './run-probe.js'

export interface ProbeStep {
  /** Milliseconds since the probe began. */
  readonly afterMs: number
  readonly words: string
}

/** What `headgate probe` prints as JSON. */
export interface ProbeDocument extends Pick<Finding, 'passed' | 'code' | 'reason' | 'words'> {
  /** `backend/server` */
  readonly server: string
  /** Where it was probed. */
  readonly address: string
  /** Type of its check. */
  readonly check: string
  readonly steps: readonly ProbeStep[]
  readonly durationMs: number
  /** Null where the probe cannot tell. */
  readonly database: DatabaseFinding | null
  /** What an agent asked for; it was not done. */
  readonly advice: Advice | null
}

export async function probeOnce(
  { target, source, settings }: Aim,
  name: ServerName,
  start: StartProbe = startProbe,
): Promise<ProbeDocument> {
  const told: { readonly words: string; readonly at: number }[] = []
  const onStep = (words: string) => told.push({ words, at: performance.now() })
  const { report } = start(target, source, settings, Date.now, onStep, name)
  const { passed, code, reason, words, durationMs, database = null, advice = null } = await report
  // not from when it was asked for: a library may have been loaded first
  const began = performance.now() - durationMs
  const { port } = settings
  const at = port === undefined || target.family === 'unix' ? target : { ...target, port }
  return {
    server: `${name.backend}/${name.name}`,
    address: formatAddress(at),
    check: settings.type,
    steps: told.map(({ words, at }) => ({ words, afterMs: roundMs(Math.max(0, at - began)) })),
    ...{ passed, code, reason, words, durationMs: roundMs(durationMs), database, advice },
  }
}

/** Why there is nothing to probe. */
export function noCheckWords(server: string): string {
  return `${server} has no check, so there is nothing to probe: its backend may have one, such as check = { type = "tcp" }`
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}
