// Development only: lets a worker thread load the TypeScript sources on every supported Node.
import { register } from 'tsx/esm/api'

register()
await import('../src/dataplane/worker.ts')
