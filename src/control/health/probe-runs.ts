/**
 * The last probes of a server, kept as runs of probes that saw the same. So a short list reaches far back: over an hour of
 * failures to the last probe that passed.
 */
import type { ProbeReport, ProbeRun } from '../registry/server.js'

const MOST_RUNS = 8

/**
 * Passed probes differ only in how long they took. Newest run first.
 * @param runs newest first
 */
export function withProbe(runs: readonly ProbeRun[], report: ProbeReport): readonly ProbeRun[] {
  const [newest, ...older] = runs
  if (newest && sawTheSame(newest, report)) return [extended(newest, report), ...older]
  return [begun(report), ...runs.slice(0, MOST_RUNS - 1)]
}

function sawTheSame(run: ProbeRun, { passed, code, reason, words }: ProbeReport): boolean {
  return run.passed === passed && run.code === code && run.reason === reason && (passed || run.words === words)
}

function begun({ passed, code, reason, words, at, durationMs }: ProbeReport): ProbeRun {
  return { passed, code, reason, words, count: 1, from: at, to: at, fastestMs: durationMs, slowestMs: durationMs }
}

function extended(run: ProbeRun, { words, at, durationMs }: ProbeReport): ProbeRun {
  return {
    ...run,
    words,
    count: run.count + 1,
    to: at,
    fastestMs: Math.min(run.fastestMs, durationMs),
    slowestMs: Math.max(run.slowestMs, durationMs),
  }
}
