/** What lines have in common. */
import type { Server } from '../registry/server.js'

/** `1 session`, `14 sessions` */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** The fields that name a server. */
export function named(server: Server) {
  return { backend: server.settings.backend, server: server.name }
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
