/** Every command of the runtime API. A new one is a file beside this one and a line here. */
import type { Command } from '../command.js'
import { addServer } from './add-server.js'
import { clearCounters } from './clear-counters.js'
import { clearState } from './clear-state.js'
import { delServer } from './del-server.js'
import { disableAgent } from './disable-agent.js'
import { disableFrontend } from './disable-frontend.js'
import { disableHealth } from './disable-health.js'
import { disableServer } from './disable-server.js'
import { enableAgent } from './enable-agent.js'
import { enableFrontend } from './enable-frontend.js'
import { enableHealth } from './enable-health.js'
import { enableServer } from './enable-server.js'
import { getWeight } from './get-weight.js'
import { help } from './help.js'
import { operator } from './operator.js'
import { pauseBackend } from './pause-backend.js'
import { probe } from './probe.js'
import { prompt } from './prompt.js'
import { quit } from './quit.js'
import { rebalanceBackend } from './rebalance-backend.js'
import { reload } from './reload.js'
import { resumeBackend } from './resume-backend.js'
import { setMaxconnFrontend } from './set-maxconn-frontend.js'
import { setMaxconnGlobal } from './set-maxconn-global.js'
import { setMaxconnServer } from './set-maxconn-server.js'
import { setServer } from './set-server.js'
import { setSeverityOutput } from './set-severity-output.js'
import { setSplit } from './set-split.js'
import { setTimeoutCli } from './set-timeout-cli.js'
import { setWeightCommand } from './set-weight.js'
import { showActivity } from './show-activity.js'
import { showAudit } from './show-audit.js'
import { showBackend } from './show-backend.js'
import { showCliLevel } from './show-cli-level.js'
import { showEnv } from './show-env.js'
import { showErrors } from './show-errors.js'
import { showEvents } from './show-events.js'
import { showExplain } from './show-explain.js'
import { showInfo } from './show-info.js'
import { showPause } from './show-pause.js'
import { showRebalance } from './show-rebalance.js'
import { showServer } from './show-server.js'
import { showServersConn } from './show-servers-conn.js'
import { showServersState } from './show-servers-state.js'
import { showSess } from './show-sess.js'
import { showSplit } from './show-split.js'
import { showStat } from './show-stat.js'
import { showState } from './show-state.js'
import { showStatus } from './show-status.js'
import { showVersion } from './show-version.js'
import { showWhy } from './show-why.js'
import { shutdownFrontend } from './shutdown-frontend.js'
import { shutdownSession } from './shutdown-session.js'
import { shutdownSessionsServer } from './shutdown-sessions-server.js'
import { undoCommand } from './undo.js'
import { upgrade } from './upgrade.js'
import { user } from './user.js'
import { wait } from './wait.js'

export const COMMANDS: readonly Command[] = [
  showStat,
  showInfo,
  showServersState,
  showServersConn,
  showServer,
  showBackend,
  showSess,
  showActivity,
  showErrors,
  showEnv,
  showEvents,
  showStatus,
  showWhy,
  showExplain,
  showSplit,
  showRebalance,
  showPause,
  showVersion,
  showCliLevel,
  showAudit,
  showState,
  setServer,
  setSplit,
  pauseBackend,
  resumeBackend,
  setWeightCommand,
  getWeight,
  setSeverityOutput,
  setTimeoutCli,
  enableServer,
  disableServer,
  enableHealth,
  disableHealth,
  enableAgent,
  disableAgent,
  enableFrontend,
  disableFrontend,
  setMaxconnServer,
  setMaxconnFrontend,
  setMaxconnGlobal,
  rebalanceBackend,
  addServer,
  delServer,
  clearCounters,
  clearState,
  undoCommand,
  probe,
  reload,
  wait,
  shutdownFrontend,
  shutdownSession,
  shutdownSessionsServer,
  upgrade,
  help,
  operator,
  user,
  prompt,
  quit,
]
