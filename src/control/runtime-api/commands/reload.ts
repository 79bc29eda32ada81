import { formatDifference } from '../../../config/difference/format.js'
import type { ReloadResult } from '../../reload/reload-result.js'
import type { Command } from '../command.js'
import { type Reply, refuse, show } from '../reply.js'

const DRY_RUN = 'dry-run'

export const reload: Command = {
  words: ['reload'],
  usage: `reload [${DRY_RUN}]`,
  summary: `read the config file again and apply what changed; ${DRY_RUN}: only tell what would`,
  level: 'admin',
  most: 1,
  json: true,
  whileHandingOver: true,
  async run([mode], { reloader, client }) {
    if (mode !== undefined && mode !== DRY_RUN) return refuse(`Unknown word '${mode}', expected '${DRY_RUN}'.\n`)
    if (!reloader) return refuse('headgate is still starting.\n')
    return replyTo(await (mode === DRY_RUN ? reloader.compare() : reloader.reload(client.name)))
  },
}

/** The data is the result itself. */
function replyTo(result: ReloadResult): Reply {
  if (!result.ok) return { ...refuse(`${result.why}\nNothing was changed.\n`), errors: result.errors }
  return show(result.changes.length === 0 ? 'No change.\n' : `${formatDifference(result.changes)}\n`, result)
}
