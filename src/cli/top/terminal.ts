/**
 * The whole screen of a terminal, borrowed: alternate buffer, no cursor, keys one by one. It is given back on every way
 * out: at the end, by a signal, and when the process ends by a fault. Escape sequences: xterm's ctlseqs.
 */
import { emitKeypressEvents } from 'node:readline'
import type { Input, Output } from '../io.js'

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'

export interface TerminalEvents {
  /** A key by its name: `a`, `?`, `up`, `return`, `ctrl-c`. */
  readonly key: (name: string) => void
  readonly resize: () => void
  /** A signal that ends the process. */
  readonly signal: (signal: NodeJS.Signals) => void
}

interface Keypress {
  readonly name?: string
  readonly ctrl?: boolean
}

const ENDING = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const

export class Terminal {
  private isOpen = false

  constructor(
    private readonly input: Input,
    private readonly output: Output,
    private readonly events: TerminalEvents,
  ) {}

  open(): void {
    this.isOpen = true
    emitKeypressEvents(this.input)
    this.input.setRawMode?.(true)
    this.input.on('keypress', this.onKeypress)
    this.input.resume()
    for (const signal of ENDING) process.on(signal, this.events.signal)
    process.on('SIGWINCH', this.events.resize)
    process.on('exit', this.close)
    this.output.write(ENTER)
  }

  /** Gives the terminal back as it was. May be called twice. */
  readonly close = (): void => {
    if (!this.isOpen) return
    this.isOpen = false
    this.output.write(LEAVE)
    this.input.setRawMode?.(false)
    this.input.off('keypress', this.onKeypress)
    this.input.pause()
    for (const signal of ENDING) process.off(signal, this.events.signal)
    process.off('SIGWINCH', this.events.resize)
    process.off('exit', this.close)
  }

  /** Gives the terminal to the shell until it says `fg`. */
  suspend(): void {
    this.close()
    process.once('SIGCONT', () => {
      this.open()
      this.events.resize()
    })
    process.kill(process.pid, 'SIGTSTP')
  }

  /** @param lines as many as there are rows */
  draw(lines: readonly string[]): void {
    if (!this.isOpen) return
    // cleared first: after a full line the cursor stands on its last column, and would clear that
    this.output.write(HOME + lines.map((line) => CLEAR_LINE + line).join('\r\n'))
  }

  private readonly onKeypress = (text: string | undefined, { name, ctrl }: Keypress): void => {
    if (ctrl && name) this.events.key(`ctrl-${name}`)
    else this.events.key(text !== undefined && /^[!-~]$/.test(text) ? text : (name ?? ''))
  }
}
