/**
 * `check = { … }`: a schedule that all checks share, and the keys of one probe, told apart by `type`. A new probe is one
 * file in `checks` and its line here, and the probe itself in the control plane.
 */
import * as z from 'zod'
import { agent } from './checks/agent.js'
import { exec } from './checks/exec.js'
import { handshake } from './checks/handshake.js'
import { http } from './checks/http.js'
import { mysql } from './checks/mysql.js'
import { patroni } from './checks/patroni.js'
import { postgres } from './checks/postgres.js'
import { redis } from './checks/redis.js'
import { DEFAULT_TIMEOUT_MS } from './checks/schedule.js'
import { tcp } from './checks/tcp.js'
import { udp } from './checks/udp.js'

const probes = z.discriminatedUnion(
  'type',
  [tcp, udp, postgres, mysql, redis, exec, agent, http, patroni, handshake],
  'a table',
)

export const check = probes.transform(({ interval, fast_interval, timeout, ...same }) => ({
  ...same,
  intervalMs: interval,
  fastIntervalMs: fast_interval ?? Math.floor(interval / 2),
  timeoutMs: timeout ?? Math.min(DEFAULT_TIMEOUT_MS, interval),
}))

export type Check = z.output<typeof check>
