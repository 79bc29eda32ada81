/** CPU time and memory of a process together with all its threads and descendants, from /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs'

/** Nanoseconds on the CPU so far. Threads that have ended are not counted. */
export function cpuNanoseconds(pid: number): number {
  return sum(family(pid).flatMap((member) => threads(member).map((thread) => onCpu(member, thread))))
}

/** Proportional share of resident memory, in kB: pages shared with others count in part. */
export function residentKilobytes(pid: number): number {
  return sum(family(pid).map((member) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${member}/smaps_rollup`))?.[1] ?? 0)))
}

function family(pid: number): number[] {
  const children = threads(pid).flatMap((thread) => numbers(read(`/proc/${pid}/task/${thread}/children`)))
  return [pid, ...children.flatMap(family)]
}

function threads(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}

function onCpu(pid: number, thread: number): number {
  return numbers(read(`/proc/${pid}/task/${thread}/schedstat`))[0] ?? 0
}

/** A thread or process may end between two looks. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
