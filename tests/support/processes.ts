/** What a process holds, from /proc (proc(5)). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Holdings {
  readonly pid: number
  readonly rssKb: number
  readonly threads: number
  readonly descriptors: Descriptors
}

export interface Descriptors {
  readonly sockets: number
  /** Ends of pipes. */
  readonly pipes: number
  readonly others: number
}

/** Undefined when there is no such process any more. */
export function holdings(pid: number): Holdings | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return { pid, rssKb: field(status, 'VmRSS'), threads: field(status, 'Threads'), descriptors: descriptors(pid) }
  } catch {
    return undefined
  }
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
}

export function descriptors(pid: number): Descriptors {
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => target(`/proc/${pid}/fd/${fd}`))
  const sockets = targets.filter((name) => name.startsWith('socket:')).length
  const pipes = targets.filter((name) => name.startsWith('pipe:')).length
  return { sockets, pipes, others: targets.length - sockets - pipes }
}

/** One that was closed since the folder was read counts among the others, for this once. */
function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

/** Neither gone nor a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
