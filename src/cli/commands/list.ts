/** Every command of `headgate`, in the order of --help. A new one is a file beside this one and a word here. */
import type { Command } from 'commander'
import type { Invocation } from '../invocation.js'
import { addAdd } from './add.js'
import { addAudit } from './audit.js'
import { addCheck } from './check.js'
import { addCompletion } from './completion.js'
import { addDrain } from './drain.js'
import { addEvents } from './events.js'
import { addExplain } from './explain.js'
import { addInit } from './init.js'
import { addKill } from './kill.js'
import { addMaint } from './maint.js'
import { addPause } from './pause.js'
import { addProbe } from './probe.js'
import { addReady } from './ready.js'
import { addRebalance } from './rebalance.js'
import { addReload } from './reload.js'
import { addRemove } from './remove.js'
import { addResume } from './resume.js'
import { addRun } from './run.js'
import { addServers } from './servers.js'
import { addSessions } from './sessions.js'
import { addSplit } from './split.js'
import { addState } from './state.js'
import { addStatus } from './status.js'
import { addTop } from './top.js'
import { addUndo } from './undo.js'
import { addUpgrade } from './upgrade.js'
import { addWeight } from './weight.js'
import { addWhy } from './why.js'

type Add = (program: Command, invocation: Invocation) => void

/** By what they are for. */
export const COMMAND_GROUPS: Readonly<Record<string, readonly Add[]>> = {
  'The daemon:': [addInit, addRun, addCheck, addReload, addUpgrade, addCompletion],
  'To see:': [addStatus, addServers, addSessions, addTop, addEvents, addWhy, addProbe, addExplain, addAudit, addState],
  'To change:': [
    addDrain,
    addReady,
    addMaint,
    addWeight,
    addAdd,
    addRemove,
    addSplit,
    addPause,
    addResume,
    addRebalance,
    addKill,
    addUndo,
  ],
}
