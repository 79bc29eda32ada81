/** Whether native calls work here: the platform, the koffi binary, and a kernel that lets us make the calls. */
import { endianness } from 'node:os'

export type Availability =
  | { readonly ok: true }
  /** `reason` in words, for the log: it completes "the linux engine is not available: …". */
  | { readonly ok: false; readonly reason: string }

const ARCHITECTURES: readonly NodeJS.Architecture[] = ['x64', 'arm64']

/** Loads the native binding and tries the calls that a sandbox may refuse. Leaves nothing open behind it. */
export async function nativeAvailability(): Promise<Availability> {
  if (process.platform !== 'linux') return no(`it needs Linux, and this is ${process.platform}`)
  if (!ARCHITECTURES.includes(process.arch) || endianness() !== 'LE') {
    return no(`it knows the memory layouts of ${ARCHITECTURES.join(' and ')}, and this is ${process.arch}`)
  }
  try {
    const { tryCalls } = await import('./call-trial.js')
    const refused = tryCalls()
    return refused === undefined ? { ok: true } : no(refused)
  } catch (error) {
    return no(`koffi does not load: ${firstLine(error)}; run npm install with optional dependencies`)
  }
}

function no(reason: string): Availability {
  return { ok: false, reason }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
