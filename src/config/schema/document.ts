/** The whole file. This schema is the source of the types, the messages, the reference and the JSON Schema. */
import type * as z from 'zod'
import { backend, type PolicyInfo } from './backend.js'
import { named, table } from './fields.js'
import { frontend } from './frontend.js'
import { runtime } from './runtime.js'

export function documentSchema(policies: readonly PolicyInfo[]) {
  return table({
    runtime: runtime.prefault({}).describe('The process itself.'),
    frontends: named(frontend, 'at least one table [frontends.NAME]').describe(
      'What to bind, and which backend it feeds.',
    ),
    backends: named(backend(policies), 'at least one table [backends.NAME]').describe('Named sets of servers.'),
  })
}

export type DocumentKeys = z.output<ReturnType<typeof documentSchema>>
