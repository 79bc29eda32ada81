/**
 * A server that answers health checks as Patroni does: with a status that hangs on the path, and the same document on
 * every path. The documents are those of real ones, 3.0.2 (`master`) and, by its documentation, 4.0 (`primary`).
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PatroniDocument {
  readonly state: string
  readonly role: string
  readonly [key: string]: unknown
}

const COMMON = {
  state: 'running',
  postmaster_start_time: '2026-11-21 17:35:22.596790+00:00',
  server_version: 150_018,
  timeline: 3,
  dcs_last_seen: 1_795_282_547,
  database_system_identifier: '7710679707688488428',
  patroni: { version: '3.0.2', scope: 'demo' },
} as const

export const LEADER: PatroniDocument = { ...COMMON, role: 'master', xlog: { location: 67_108_960 } }

export const REPLICA: PatroniDocument = {
  ...COMMON,
  role: 'replica',
  xlog: {
    received_location: 67_108_960,
    replayed_location: 67_108_960,
    replayed_timestamp: null,
    paused: false,
  },
}

export interface FakePatroni {
  readonly port: number
  document: PatroniDocument
  /** Holds the leader lock: `/primary` is answered 200. */
  isLeader: boolean
  close(): Promise<void>
}

/** @param now the server's own clock, for the header `Date`: Unix time, ms */
export async function startFakePatroni(document: PatroniDocument, now = Date.now): Promise<FakePatroni> {
  const server = createServer({ keepAlive: false }, ({ url }, response) => {
    const status = url === '/primary' && patroni.isLeader ? 200 : 503
    response.sendDate = false
    response.writeHead(status, { Date: new Date(now()).toUTCString(), 'Content-Type': 'application/json' })
    response.end(JSON.stringify(patroni.document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const patroni = {
    port: (server.address() as AddressInfo).port, // a listening TCP server's address is never a string
    document,
    isLeader: document.role === 'master' || document.role === 'primary',
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return patroni
}
