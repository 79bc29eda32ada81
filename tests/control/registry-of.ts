/** A registry as the daemon builds it from a config, without the daemon. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { countConfig } from '../../src/config/config.js'
import { loadConfig } from '../../src/config/load.js'
import { buildRegistry } from '../../src/control/registry/build.js'
import { capacityFor } from '../../src/control/registry/capacity.js'
import type { Registry } from '../../src/control/registry/registry.js'
import { POLICIES } from '../../src/core/policy/list.js'
import { Scoreboard } from '../../src/core/scoreboard/scoreboard.js'
import { temporaryFolder } from '../support/temporary-folder.js'

/** @param toml frontends and backends; fails with the errors of a bad one */
export async function registryOf(toml: string, now = Date.now()): Promise<Registry> {
  const folder = temporaryFolder()
  const file = join(folder.path, 'headgate.toml')
  writeFileSync(file, toml)
  const loaded = await loadConfig(file, { env: {}, policies: POLICIES })
  folder.remove()
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const capacity = capacityFor(countConfig(loaded.config), 1)
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  return buildRegistry(loaded.config, board, now)
}
