/**
 * A run that is interrupted ends by `exit`, where it ends every program that it has started: an untold signal would leave
 * them behind. To be imported by the entry of a script.
 */
import { constants } from 'node:os'

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
