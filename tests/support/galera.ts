/** A real cluster of Galera on loopback, out of MariaDB servers. */
import { existsSync } from 'node:fs'
import { freePort } from './free-port.js'
import { skipWithout } from './installed-programs.js'
import { MARIADB_PROGRAMS, type MariadbConfig, type MariadbServer, startMariadb } from './mariadb.js'

const PROVIDER = '/usr/lib/galera/libgalera_smm.so'

/** For a test's `skip`. */
export function skipWithoutGalera(): string | false {
  return skipWithout(...MARIADB_PROGRAMS, 'rsync') || (existsSync(PROVIDER) ? false : `needs ${PROVIDER}`)
}

/** A node that is killed is given up soon. */
const IMPATIENT = 'evs.keepalive_period=PT0.2S;evs.suspect_timeout=PT1S;evs.inactive_timeout=PT2S'

export interface Galera {
  readonly nodes: readonly MariadbServer[]
  stop(): Promise<void>
}

/** One node after the other joins, each by a copy of all data. */
export async function startGalera(count: number): Promise<Galera> {
  const nodes: MariadbServer[] = []
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const stopOne of stops.reverse()) await stopOne()
  }
  const group = await freePort()
  try {
    for (let i = 0; i < count; i++) {
      const one = await startMariadb(await nodeConfig(i === 0 ? undefined : group, i === 0 ? group : await freePort()))
      nodes.push(...one.servers)
      stops.push(one.stop)
    }
    return { nodes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @param peer port at which another node listens; without one a new cluster begins */
async function nodeConfig(peer: number | undefined, port: number): Promise<MariadbConfig> {
  const [ist, sst] = [await freePort(), await freePort()]
  const listen = `gmcast.listen_addr=tcp://127.0.0.1:${port};base_port=${port};ist.recv_addr=127.0.0.1:${ist}`
  return {
    'binlog-format': 'ROW',
    'innodb-autoinc-lock-mode': 2,
    'wsrep-on': 1,
    'wsrep-provider': PROVIDER,
    'wsrep-provider-options': `${listen};gcache.size=8M;${IMPATIENT}`,
    'wsrep-cluster-address': peer === undefined ? 'gcomm://' : `gcomm://127.0.0.1:${peer}`,
    'wsrep-node-address': '127.0.0.1',
    'wsrep-sst-method': 'rsync',
    'wsrep-sst-receive-address': `127.0.0.1:${sst}`,
  }
}
