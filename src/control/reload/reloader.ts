/**
 * Reads the config file again and makes it so, all or nothing: what was changed in the file changes, and nothing else.
 * Reloads wait for one another. What operators set at run time stays, unless the file was edited there.
 */
import type { Config } from '../../config/config.js'
import { type Difference, difference } from '../../config/difference/difference.js'
import { formatConfigErrors } from '../../config/errors.js'
import type { ConfigResult } from '../../config/load.js'
import type { NamedAddress } from '../../core/address.js'
import { NoRoom } from '../registry/plan.js'
import type { Resolver } from '../resolver/resolver.js'
import type { Steerable } from '../settings/setting.js'
import { bindAdvice } from '../start-error.js'
import type { StateKeeper } from '../state/keeper.js'
import { mergeState, standingConfig } from '../state/merge.js'
import { settle } from '../state/settle.js'
import { BindError } from '../workers/bind-error.js'
import { inForce } from './in-force.js'
import type { ReloadDone, ReloadRefused, ReloadResult } from './reload-result.js'

export interface ReloaderOptions extends Steerable {
  /** Of the config file. */
  readonly path: string
  /** What the daemon was started with. */
  readonly config: Config
  readonly load: (path: string) => Promise<ConfigResult>
  readonly keeper: Pick<StateKeeper, 'entries' | 'rebase'>
  /** Why nothing can be reloaded at present, in words. */
  readonly obstacle: () => string | undefined
  readonly resolver: Pick<Resolver, 'learn' | 'forget'>
  /** Another config is in force: for what nobody else hears of, such as the level of the log. */
  readonly onInForce: (config: Config) => void
  /** Called for every reload that was not only tried, good or bad. */
  readonly onDone: (by: string, result: ReloadResult, tookMs: number) => void
}

/** The file, and what to say of it as it is. */
type Read =
  | { readonly file: Config; readonly result: ReloadDone }
  | { readonly file?: never; readonly result: ReloadRefused }

export class Reloader {
  private config: Config
  private last: Promise<unknown> = Promise.resolve()
  /** Has not begun yet: whoever asks meanwhile is answered by it. */
  private waiting: Promise<ReloadResult> | undefined

  constructor(private readonly options: ReloaderOptions) {
    this.config = options.config
  }

  /** @param by the signal or client that asked for it */
  reload(by: string): Promise<ReloadResult> {
    this.waiting ??= this.inTurn(async () => {
      this.waiting = undefined
      const began = performance.now()
      const result = await this.run()
      this.options.onDone(by, result, performance.now() - began)
      return result
    })
    return this.waiting
  }

  /** What a reload would change. Ports that are in use are found out only by trying. */
  compare(): Promise<ReloadResult> {
    return this.inTurn(async () => {
      const read = await this.read()
      return read.file ? { ...read.result, applied: false } : read.result
    })
  }

  private async run(): Promise<ReloadResult> {
    const obstacle = this.options.obstacle()
    if (obstacle !== undefined) return this.refused(obstacle)
    const read = await this.read()
    if (!read.file) return read.result
    const next = inForce(this.config, read.file)
    if (read.result.changes.length === 0 && this.isWhole(read.file)) {
      // the same values, yet some may come from variables now, and are told by their names from here on
      this.config = next
      return read.result
    }
    try {
      await this.apply(next, read.result.changes)
      return read.result
    } catch (error) {
      const why = wordsOf(error)
      if (why === undefined) throw error
      return this.refused(why)
    }
  }

  /** Nothing of the file was taken away at run time: a reload brings it back. */
  private isWhole({ frontends, backends }: Config): boolean {
    const { registry } = this.options
    return (
      frontends.every(({ name }) => registry.frontend(name)) && backends.every(({ name }) => registry.backend(name))
    )
  }

  private refused(why: string): ReloadRefused {
    return { ok: false, config: this.options.path, why, errors: [] }
  }

  private async read(): Promise<Read> {
    const { path, load } = this.options
    const loaded = await load(path)
    if (!loaded.ok) {
      const { errors } = loaded
      return { result: { ok: false, config: path, why: formatConfigErrors(errors), errors } }
    }
    const { config: file, warnings } = loaded
    const changes = difference(this.config, file)
    return { file, result: { ok: true, applied: true, config: path, changes, warnings } }
  }

  private async apply(next: Config, changes: Difference): Promise<void> {
    const { registry, topology, resolver, keeper, onInForce } = this.options
    try {
      await resolver.learn(namesIn(next))
      await topology.change(() => standingConfig(next, mergeState(keeper.entries, next).kept))
    } finally {
      resolver.forget()
    }
    // once more: an operator may have changed something while the workers were told
    const merged = mergeState(keeper.entries, next)
    keeper.rebase(next, merged)
    this.config = next
    onInForce(next)
    await settle({ registry, topology }, next, merged.kept)
    // whether workers send session lines hangs on the log's settings
    if (changes.some((change) => change.noun === 'runtime')) await topology.configure()
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.last.then(run)
    this.last = turn.catch(() => {})
    return turn
  }
}

function namesIn({ backends }: Config): NamedAddress[] {
  return backends.flatMap(({ servers }) =>
    servers.flatMap(({ address }) => (address.family === 'name' ? [address] : [])),
  )
}

/** What the user can mend; undefined for a fault of ours. */
function wordsOf(error: unknown): string | undefined {
  if (error instanceof BindError) return bindAdvice(error.listener, error.code)
  return error instanceof NoRoom ? error.message : undefined
}
