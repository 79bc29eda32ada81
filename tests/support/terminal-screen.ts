/** What a person sees of a program that fills the terminal, and the keys that are pressed. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { eventually } from './eventually.js'
import { program } from './installed-programs.js'

/** A shell in a terminal, in a tmux server of its own. */
export class Screen {
  private constructor(private readonly socket: string) {}

  /** @param socket a path for the tmux server */
  static async open(socket: string, env: Readonly<Record<string, string>>, columns = 80, rows = 24): Promise<Screen> {
    const screen = new Screen(socket)
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    const size = ['-x', String(columns), '-y', String(rows)]
    await screen.tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, '/bin/sh')
    return screen
  }

  async tmux(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program('tmux'), ['-S', this.socket, '-u', ...args])
    return stdout
  }
  async type(...keys: string[]): Promise<void> {
    await this.tmux('send-keys', ...keys)
  }
  text(): Promise<string> {
    return this.tmux('capture-pane', '-p')
  }
  /** Fails with the screen when it does not come to look so. */
  async shows(what: RegExp): Promise<string> {
    let seen = ''
    const look = async () => {
      seen = await this.text()
      return what.test(seen)
    }
    await eventually(`the screen shows ${what}`, look).catch((error: Error) => {
      throw new Error(`${error.message}\n${seen}`)
    })
    return seen
  }
  /** What runs in the shell. */
  async terminate(): Promise<void> {
    const shell = (await this.tmux('display-message', '-p', '#{pane_pid}')).trim()
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim()
    process.kill(Number(child), 'SIGTERM')
  }
  async close(): Promise<void> {
    await this.tmux('kill-server')
  }
}
