/** Runs a command for a bounded time, takes a bounded part of what it says, and leaves nothing of it behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** What it said, as far as it was heard. */
interface Said {
  readonly out: Buffer
  readonly err: Buffer
}

export type Outcome =
  | ({ readonly kind: 'exited'; readonly code: number } & Said)
  | ({ readonly kind: 'killed'; readonly by: NodeJS.Signals } & Said)
  /** It said more than MOST_OUTPUT. */
  | { readonly kind: 'talkative' }
  | { readonly kind: 'overdue' }
  /** `code` of the system: ENOENT, EACCES, EMFILE, … */
  | { readonly kind: 'unstarted'; readonly code: string }

/** Bytes, of standard output and standard error together. */
export const MOST_OUTPUT = 65_536
/** How long output may take to come to its end after the command did. */
const GRACE_MS = 100

export interface CommandRun {
  /** An absolute path, and its arguments. No shell sees them. */
  readonly command: readonly string[]
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Ends it. */
  readonly signal: AbortSignal
  readonly onStart: (pid: number) => void
}

type Child = ChildProcessByStdio<null, Readable, Readable>

/**
 * The command leads a process group of its own, which is killed as soon as the outcome is known: at the timeout, and also
 * when the command itself has ended and left others behind. Only what began a session of its own gets away. Never rejects.
 */
export function runCommand(run: CommandRun): Promise<Outcome> {
  if (run.signal.aborted) return Promise.resolve({ kind: 'overdue' })
  try {
    return watch(start(run), run)
  } catch (error) {
    return Promise.resolve({ kind: 'unstarted', code: codeOf(error) })
  }
}

/** Throws where the system refuses it outright; else an `error` says so. */
function start({ command: [file = '', ...args], env }: CommandRun): Child {
  // a group of its own, so that all of it can be killed
  return spawn(file, args, { env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
}

function watch(child: Child, { signal, onStart }: CommandRun): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      signal.removeEventListener('abort', giveUp)
      if (child.exitCode === null && child.signalCode === null) killGroup(child)
      child.stdout.destroy()
      child.stderr.destroy()
      resolve(outcome)
    }
    const giveUp = () => settle({ kind: 'overdue' })
    const said = listen(child, () => settle({ kind: 'talkative' }))
    signal.addEventListener('abort', giveUp, { once: true })
    child.once('error', (error) => settle({ kind: 'unstarted', code: codeOf(error) }))
    child.once('exit', (code, by) => {
      signal.removeEventListener('abort', giveUp)
      // those that it left, and that hold its output open
      killGroup(child)
      const outcome = () => (by ? ({ kind: 'killed', by, ...said() } as const) : exited(code ?? 0, said()))
      void outputEnd(child, signal).then(() => settle(outcome()))
    })
    if (child.pid !== undefined) onStart(child.pid)
  })
}

function exited(code: number, said: Said): Outcome {
  return { kind: 'exited', code, ...said }
}

/** Also of a child that has just been reaped: its group lives on in those that it left. */
function killGroup({ pid }: Child): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // ESRCH: nobody is left
  }
}

function listen(child: Child, tooMuch: () => void): () => Said {
  const heard = { out: [] as Buffer[], err: [] as Buffer[] }
  let bytes = 0
  const hear = (chunks: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_OUTPUT) tooMuch()
    else chunks.push(chunk)
  }
  child.stdout.on('data', hear(heard.out))
  child.stderr.on('data', hear(heard.err))
  return () => ({ out: Buffer.concat(heard.out), err: Buffer.concat(heard.err) })
}

/** Somebody who got away may hold it open for ever. */
async function outputEnd(child: Child, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(GRACE_MS)])
  await once(child, 'close', { signal: patience }).catch(() => {})
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
