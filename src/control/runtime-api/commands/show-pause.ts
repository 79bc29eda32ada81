import type { Backend } from '../../registry/backend.js'
import type { Command } from '../command.js'
import { show } from '../reply.js'
import { waitingStatus } from '../status/backend-status.js'
import type { PauseStatus, WaitingStatus } from '../status/document.js'
import { backendsNamed } from '../target.js'

/** What `json` answers of each backend. */
export interface PauseDocument {
  readonly backend: string
  readonly pause: PauseStatus | null
  readonly waiting: WaitingStatus
  /** Servers in rotation. */
  readonly serving: number
  /** The daemon's clock, Unix time, ms. */
  readonly now: number
}

export const showPause: Command = {
  words: ['show', 'pause'],
  usage: 'show pause [<bk>] [json]',
  summary: 'backends that are paused, or whose sessions wait for a server; or one',
  level: 'user',
  most: 1,
  json: true,
  run([name], { registry, now }) {
    const found = backendsNamed(registry, name)
    if (!found.ok) return found
    const told = found.it.filter(({ pause, waiting }) => name !== undefined || pause !== undefined || waiting > 0)
    const documents = told.map((backend) => pauseDocument(backend, now))
    return show(['# backend state left_ms waiting peak max serving', ...documents.map(line), ''].join('\n'), documents)
  },
}

function pauseDocument(backend: Backend, now: number): PauseDocument {
  const { name, pause = null, serving } = backend
  return { backend: name, pause, waiting: waitingStatus(backend), serving: serving.length, now }
}

function line({ backend, pause, waiting, serving, now }: PauseDocument): string {
  const left = pause ? Math.max(0, pause.until - now) : 0
  return [backend, pause?.state ?? 'none', left, waiting.now, waiting.peak, waiting.most, serving].join(' ')
}
