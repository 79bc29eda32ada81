/** `top` while it runs: a look each second, keys in between, and changes at the daemon. */
import type { AdminChange } from '../../control/runtime-api/commands/set-admin.js'
import type { WeightChange } from '../../control/runtime-api/commands/set-weight.js'
import type { StatusDocument } from '../../control/runtime-api/status/document.js'
import { adminWords } from '../commands/change-admin.js'
import { wordOf } from '../commands/server-word.js'
import { weightWords } from '../commands/weight.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { Failure } from '../failure.js'
import type { Input, Output } from '../io.js'
import { History } from './history.js'
import { type Effect, pressed } from './keys.js'
import { screenLines } from './screen.js'
import { type Action, initialState, type TopState, withDocument } from './state.js'
import type { Screen } from './surface.js'
import { Terminal } from './terminal.js'

const LOOK_MS = 1_000

export class LiveView {
  private readonly history = new History()
  private readonly terminal: Terminal
  private state: TopState = initialState(this.history)
  private timer: NodeJS.Timeout | undefined
  private end: (outcome: NodeJS.Signals | 'quit') => void = () => {}

  constructor(
    private readonly daemon: DaemonClient,
    input: Input,
    private readonly output: Output,
    private readonly look: Pick<Screen, 'paint' | 'bars'>,
  ) {
    this.terminal = new Terminal(input, output, {
      key: (name) => this.onKey(name),
      resize: () => this.draw(),
      signal: (signal) => this.end(signal),
    })
  }

  /** Until the user quits or a signal comes, which it returns. The first look decides whether there is a daemon at all. */
  async run(): Promise<NodeJS.Signals | 'quit'> {
    this.observe(await this.daemon.ask<StatusDocument>('show status'))
    const ended = new Promise<NodeJS.Signals | 'quit'>((resolve) => {
      this.end = resolve
    })
    this.terminal.open()
    try {
      this.draw()
      this.timer = setInterval(() => void this.refresh(), LOOK_MS)
      return await ended
    } finally {
      clearInterval(this.timer)
      this.terminal.close()
    }
  }

  private draw(): void {
    const { columns = 80, rows = 24 } = this.output
    this.terminal.draw(screenLines(this.state, { ...this.look, columns, rows }))
  }

  private show(state: Partial<TopState>): void {
    this.state = { ...this.state, ...state }
    this.draw()
  }

  private observe(document: StatusDocument): void {
    this.history.add(document)
    this.state = withDocument(this.state, document)
  }

  private async refresh(): Promise<void> {
    if (this.state.isPaused) return
    const isLost = this.state.message?.isLost === true
    await this.guarded(async () => {
      this.observe(await this.daemon.ask<StatusDocument>('show status'))
      this.show(isLost ? { message: undefined } : {})
    }, true)
  }

  private onKey(name: string): void {
    const { state, effect } = pressed(this.state, name)
    this.show(state)
    if (effect) this.perform(effect)
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'quit':
        return this.end('quit')
      case 'suspend':
        return this.terminal.suspend()
      case 'change':
        return void this.guarded(async () => {
          const text = await this.change(effect.path, effect.action)
          this.show({ message: { text, isBad: false } })
          await this.refresh()
        }, false)
    }
  }

  private async change(path: string, action: Action): Promise<string> {
    const { daemon } = this
    const server = `set server ${wordOf(path)}`
    if (action.do === 'state') {
      return adminWords(await daemon.ask<AdminChange>(`${server} state ${action.state}`), daemon)
    }
    return weightWords(await daemon.ask<WeightChange>(`${server} weight ${action.weight}`), daemon)
  }

  /** A daemon that is away or says no is a message, and `top` goes on: it may come back. */
  private async guarded(attempt: () => Promise<void>, isLost: boolean): Promise<void> {
    try {
      await attempt()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const text = error.message.split('\n', 1)[0] ?? ''
      this.show({ message: { text, isBad: true, isLost } })
    }
  }
}
