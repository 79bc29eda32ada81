/** `headgate run`: config to daemon, signals to stop and to reload, and the exit code. */
import { formatConfigErrors, formatConfigWarnings } from '../config/errors.js'
import { loadConfig } from '../config/load.js'
import { POLICIES } from '../core/policy/list.js'
import { Daemon } from './daemon.js'
import { createLog } from './log/create.js'
import { watchFile } from './reload/watch-file.js'
import { StartError } from './start-error.js'
import { Predecessor } from './upgrade/predecessor.js'

export interface RunOptions {
  /** Reload whenever the file changes. */
  readonly watch: boolean
}

/** Exit codes of a daemon: 0 after a stop, 1 when it could not start. */
export async function runDaemon(path: string, { watch }: RunOptions): Promise<number> {
  const reloads = new ReloadRequests()
  const stopWatching = watch ? watchFile(path, () => reloads.ask('--watch')) : () => {}
  try {
    return await runAsHeir(path, reloads)
  } finally {
    stopWatching()
  }
}

/** As the successor of another headgate, when one started us; it hears why we cannot run. */
async function runAsHeir(path: string, reloads: ReloadRequests): Promise<number> {
  try {
    const predecessor = await Predecessor.meet(process.env)
    const code = await loadAndRun(path, reloads, predecessor).catch((error: unknown) => {
      predecessor?.failed(error instanceof Error ? error.message : String(error))
      throw error
    })
    return code
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`headgate: ${error.message}\n`)
    return 1
  }
}

async function loadAndRun(
  path: string,
  reloads: ReloadRequests,
  predecessor: Predecessor | undefined,
): Promise<number> {
  const loaded = await loadConfig(path, { env: process.env, policies: POLICIES })
  if (!loaded.ok) {
    const why = formatConfigErrors(loaded.errors)
    predecessor?.failed(why)
    process.stderr.write(`${why}\n`)
    return 1
  }
  const { config, warnings } = loaded
  const log = createLog(config.runtime.log)
  for (const warning of warnings) log.configWarning(formatConfigWarnings([warning]))
  const stopAsked = stopSignal()
  try {
    const daemon = await Daemon.start(path, config, log, predecessor)
    reloads.serve((by) => void daemon.reload(by))
    process.on('SIGUSR2', () => void daemon.upgrade('SIGUSR2'))
    const by = await Promise.race([stopAsked.first, daemon.retired])
    void stopAsked.second.then(() => daemon.hurry())
    if (by !== 'SIGTERM') daemon.hurry()
    await daemon.stop(by)
    return 0
  } catch (error) {
    // Ctrl-C goes to the whole group, and ends a worker that does not hear control yet
    if (stopAsked.isAsked()) return 0
    throw error
  } finally {
    log.close()
  }
}

/** Whoever asks while the daemon starts is served when it runs: the file may have changed after it was read. */
class ReloadRequests {
  private reload: ((by: string) => void) | undefined
  private early: string | undefined

  constructor() {
    process.on('SIGHUP', () => this.ask('SIGHUP'))
  }

  ask(by: string): void {
    if (this.reload) this.reload(by)
    else this.early = by
  }

  serve(reload: (by: string) => void): void {
    this.reload = reload
    if (this.early !== undefined) reload(this.early)
  }
}

interface StopSignal {
  isAsked(): boolean
  readonly first: Promise<NodeJS.Signals>
  /** Whoever asks twice wants it now. */
  readonly second: Promise<NodeJS.Signals>
}

function stopSignal(): StopSignal {
  const waiting: ((signal: NodeJS.Signals) => void)[] = []
  const next = () => new Promise<NodeJS.Signals>((resolve) => waiting.push(resolve))
  const signals = { first: next(), second: next(), isAsked: () => waiting.length < 2 }
  const arrived = (signal: NodeJS.Signals) => waiting.shift()?.(signal)
  process.on('SIGTERM', arrived)
  process.on('SIGINT', arrived)
  return signals
}
