/** Whether native calls work here: the platform, the koffi binary, and a kernel that lets us make the calls. */
import { execFile } from 'node:child_process'
import { endianness } from 'node:os'
import { fileURLToPath } from 'node:url'

export type Availability =
  | { readonly ok: true }
  /** `reason` in words, for the log: it completes "the linux engine is not available: …". */
  | { readonly ok: false; readonly reason: string }

const ARCHITECTURES: readonly NodeJS.Architecture[] = ['x64', 'arm64']
// in development the sources run under tsx, which a process does not inherit
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const LOADER = EXTENSION === 'ts' ? ['--import', 'tsx'] : []
const TRIAL = fileURLToPath(new URL(`trial-process.${EXTENSION}`, import.meta.url))
const LIMITS = { timeout: 10_000, killSignal: 'SIGKILL' } as const

let tried: Promise<Availability> | undefined

/**
 * Tries the calls once, in a process of their own: a damaged binary (SIGBUS) or a strict seccomp filter (SIGSYS) ends
 * whoever tries. Costs the start of one Node process, some 60 ms.
 */
export function nativeAvailability(): Promise<Availability> {
  tried ??= tryAll()
  return tried
}

async function tryAll(): Promise<Availability> {
  const reason = unknownPlatform() ?? (await failureOfTrial())
  return reason === undefined ? { ok: true } : { ok: false, reason }
}

function unknownPlatform(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, and this is ${process.platform}`
  if (ARCHITECTURES.includes(process.arch) && endianness() === 'LE') return undefined
  return `it knows the memory layouts of ${ARCHITECTURES.join(' and ')}, and this is ${process.arch}`
}

function failureOfTrial(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const trial = execFile(process.execPath, [...LOADER, TRIAL], LIMITS, (error, said) => {
      if (said !== '') resolve(said)
      else resolve(error === null ? undefined : endedByTrying(trial.signalCode, error))
    })
  })
}

const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGBUS', 'SIGSEGV', 'SIGILL', 'SIGABRT', 'SIGTRAP']

function endedByTrying(signal: NodeJS.Signals | null, error: Error): string {
  if (signal === null) return `its calls could not be tried: ${error.message}`
  if (signal === 'SIGSYS') return 'the kernel ends a process for one of its calls (SIGSYS: a seccomp filter)'
  const ended = `a process that tried its calls ended with ${signal}`
  return CRASHES.includes(signal) ? `${ended}: the koffi binary is damaged; run npm ci` : ended
}
