import type { Command } from '../command.js'
import { findServer } from '../target.js'
import { setAdmin } from './set-admin.js'

export const enableServer: Command = {
  words: ['enable', 'server'],
  usage: 'enable server  (DEPRECATED)',
  summary: "enable a disabled server (use 'set server' instead)",
  level: 'admin',
  most: 1,
  json: true,
  run([path], call) {
    const found = findServer(call.registry, path)
    return found.ok ? setAdmin(found.it, 'ready', call) : found
  },
}
