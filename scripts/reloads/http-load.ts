/** wrk for as long as it takes; told to end, it says what it saw. */
import { program } from '../../tests/support/installed-programs.js'
import { Program } from '../../tests/support/program.js'

export interface HttpReport {
  readonly requests: number
  /** In wrk's words; undefined when every request was answered. */
  readonly failures: string | undefined
}

export class HttpLoad {
  private constructor(private readonly wrk: Program) {}

  /** @param closing one connection for each request; else the connections last */
  static start(port: number, connections: number, closing: boolean): HttpLoad {
    const header = closing ? ['-H', 'Connection: close'] : []
    const args = ['-t', '1', '-c', `${connections}`, '-d', '1h', ...header, `http://127.0.0.1:${port}/`]
    return new HttpLoad(Program.start(program('wrk'), args))
  }

  async end(): Promise<HttpReport> {
    await this.wrk.stop('SIGINT')
    const said = this.wrk.lines.join('\n')
    const requests = Number(/(\d+) requests in/.exec(said)?.[1] ?? 0)
    return { requests, failures: /Socket errors:.*|Non-2xx.*/.exec(said)?.[0] }
  }
}
