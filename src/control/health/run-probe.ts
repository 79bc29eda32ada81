/** One probe within its time: started, ended at its timeout, reported. */
import type { Address, InetAddress } from '../../core/address.js'
import type { ProbeReport } from '../registry/server.js'
import { loadProbe, probe } from './probes/list.js'
import { fitWords } from './probes/one-line.js'
import type { Finding, ServerName } from './probes/probe.js'
import type { CheckSettings } from './settings.js'

export interface RunningProbe {
  readonly report: Promise<ProbeReport>
  /** Ends it at once; the report that still comes is of no use. */
  cancel(): void
}

export type StartProbe = (
  server: Address,
  source: InetAddress | undefined,
  settings: CheckSettings,
  /** Unix time, ms. */
  now: () => number,
  /** Hears of every step that the probe tells. */
  onStep?: (words: string) => void,
  name?: ServerName,
) => RunningProbe

export const startProbe: StartProbe = (server, source, settings, now, onStep = () => {}, name = undefined) => {
  const { timeoutMs, port } = settings
  const target = port === undefined || server.family === 'unix' ? server : { ...server, port }
  const end = new AbortController()
  const step = (words: string) => onStep(fitWords(words))
  const attempt = { target, server: name, source, settings, timeoutMs, signal: end.signal, step }
  const run = async () => {
    const loading = loadProbe(settings)
    // what goes wrong there goes wrong again in the probe
    if (loading) await loading.catch(() => {})
    // stands until the time is up, also after the finding: a probe may still be closing in order
    setTimeout(() => end.abort(), timeoutMs).unref()
    const startedAt = performance.now()
    const found = end.signal.aborted ? CANCELLED : await probe(attempt).catch(asFinding)
    const words = fitWords(found.words)
    return { ...found, words, durationMs: performance.now() - startedAt, at: now() }
  }
  return { report: run(), cancel: () => end.abort() }
}

/** While it was being loaded: nobody hears of it. */
const CANCELLED: Finding = { passed: false, code: 'SOCKERR', reason: 'no-resources', words: 'the probe was cancelled' }

/** A fault of the probe itself; it must not end the check. */
function asFinding(error: unknown): Finding {
  return { passed: false, code: 'SOCKERR', reason: 'no-resources', words: `the probe failed: ${String(error)}` }
}
