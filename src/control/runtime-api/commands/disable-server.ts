import type { Command } from '../command.js'
import { findServer } from '../target.js'
import { setAdmin } from './set-admin.js'

export const disableServer: Command = {
  words: ['disable', 'server'],
  usage: 'disable server (DEPRECATED)',
  summary: "disable a server for maintenance (use 'set server' instead)",
  level: 'admin',
  most: 1,
  json: true,
  run([path], call) {
    const found = findServer(call.registry, path)
    return found.ok ? setAdmin(found.it, 'maint', call) : found
  },
}
