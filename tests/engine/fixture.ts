/** Drives a relay fixture: starts it, waits for its reports, looks at its process from outside. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Address, InetAddress } from '../../src/core/address.js'
import { type Descriptors, descriptors } from '../support/processes.js'
import { Program } from '../support/program.js'
import type { EngineName } from './engines.js'
import type { Command, Kind, Report, ReportOf, Routes } from './fixture-protocol.js'

const PROGRAM = fileURLToPath(new URL('relay-fixture.ts', import.meta.url))
const WITHIN_MS = 15_000

export interface FixtureOptions {
  /** Limit of open descriptors (RLIMIT_NOFILE). Default: the test's own. */
  readonly descriptors?: number
}

export class Fixture {
  private readonly seen = new Set<number>()

  private constructor(private readonly program: Program) {}

  /** Running, with all routes bound or refused; ends with the test. */
  static async start(t: Test, engine: EngineName, routes: Routes, options: FixtureOptions = {}): Promise<Fixture> {
    const node = [process.execPath, '--import', 'tsx', PROGRAM, engine, JSON.stringify(routes)]
    const limit = options.descriptors === undefined ? '' : `ulimit -n ${options.descriptors}; `
    const program = Program.start('/bin/sh', ['-c', `${limit}exec "$@"`, 'sh', ...node])
    t.teardown(() => program.stop('SIGKILL'))
    const fixture = new Fixture(program)
    await fixture.next('ready')
    return fixture
  }

  /** The next report of this kind that no other call has had, past or to come. */
  async next<K extends Kind>(kind: K, matches: (report: ReportOf<K>) => boolean = () => true): Promise<ReportOf<K>> {
    let found: ReportOf<K> | undefined
    await this.wait(kind, (line) => {
      // more lines may come before the wait is over: the first match stays
      const report = found ? undefined : this.unseen(kind, line)
      if (report && matches(report)) found = report
      return found !== undefined
    })
    if (!found) throw new Error('the wait was over without a match')
    this.seen.add(found.n)
    return found
  }

  /** The next `count` reports of this kind. */
  async take<K extends Kind>(kind: K, count: number): Promise<readonly ReportOf<K>[]> {
    const taken: ReportOf<K>[] = []
    await this.wait(`${count} times ${kind}`, (line) => {
      const report = this.unseen(kind, line)
      if (report && taken.length < count) taken.push(report)
      return taken.length === count
    })
    for (const { n } of taken) this.seen.add(n)
    return taken
  }

  /** Reports of this kind up to now, those had already too. */
  past<K extends Kind>(kind: K): readonly ReportOf<K>[] {
    return this.program.stdout.map(parse).filter((report): report is ReportOf<K> => report?.report === kind)
  }

  private async wait(what: string, isOver: (line: string) => boolean): Promise<void> {
    try {
      await this.program.line(isOver, WITHIN_MS)
    } catch {
      throw new Error(`the fixture did not report: ${what}. Its last lines:\n${this.program.tail()}`)
    }
  }

  private unseen<K extends Kind>(kind: K, line: string): ReportOf<K> | undefined {
    const report = parse(line)
    // the kind is the union's discriminant; TypeScript does not narrow by a type parameter
    return report?.report === kind && !this.seen.has(report.n) ? (report as ReportOf<K>) : undefined
  }

  /** Where a route is bound. */
  address(route: string): Address {
    const bound = this.past('bound').find((report) => report.route === route)
    if (!bound) throw new Error(`route ${route} is not bound:\n${this.program.tail()}`)
    return bound.address
  }

  inet(route: string): InetAddress {
    const address = this.address(route)
    if (address.family === 'unix') throw new Error(`route ${route} has no port`)
    return address
  }

  /** Carries out a command; a route of that name must be there. */
  async command(command: Command): Promise<void> {
    const { host, port } = this.inet(command)
    const socket = connect({ host, port }).resume()
    socket.on('error', () => {}) // `stop` may reset it
    await once(socket, 'close')
  }

  get exited(): Program['exited'] {
    return this.program.exited
  }

  /** Open descriptors of the fixture's process. */
  descriptors(): number {
    return readdirSync(`/proc/${this.program.pid}/fd`).length
  }

  /** Of those, sockets and ends of pipes. */
  holds(): Descriptors {
    return descriptors(this.program.pid)
  }

  residentMb(): number {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.program.pid}/status`, 'utf8'))?.[1]
    return Number(kb) / 1024
  }

  /** CPU time of the fixture up to now: proc(5), stat, utime and stime in ticks of 10 ms. */
  cpuMs(): number {
    const fields = readFileSync(`/proc/${this.program.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }
}

function parse(line: string): Report | undefined {
  // only the fixture writes such lines, and it types them as Report; anything else is a message of Node
  return line.startsWith('{"n":') ? (JSON.parse(line) as Report) : undefined
}
