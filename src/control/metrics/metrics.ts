/** `[runtime].metrics`: `/metrics` for Prometheus, `/live` and `/ready` for whoever starts and watches headgate. */
import { formatAddress, type InetAddress } from '../../core/address.js'
import { type HealthDocument, healthDocument } from '../health/readiness.js'
import type { Registry } from '../registry/registry.js'
import type { ProcessInfo } from '../runtime-api/process-info.js'
import { bindAdvice, StartError } from '../start-error.js'
import { backendFamilies } from './backend-families.js'
import { exposition } from './exposition.js'
import type { Family } from './family.js'
import { frontendFamilies } from './frontend-families.js'
import { type ListeningHttp, listenHttp, type Page } from './http.js'
import { headgateFamilies, processFamilies, type WorkerFacts, workerFamilies } from './process-families.js'
import { roleFamilies } from './role-families.js'
import { serverFamilies } from './server-families.js'

export interface MetricsSources {
  readonly registry: Registry
  readonly workers: WorkerFacts
  readonly process: ProcessInfo
  /** Log lines lost so far. */
  readonly log: { readonly dropped: number }
}

/** Throws StartError when the address cannot be bound. */
export async function startMetrics(sources: MetricsSources & { readonly listen: InetAddress }): Promise<ListeningHttp> {
  const { contentType, text } = exposition(allFamilies(sources))
  const health = () => healthDocument(sources, Date.now())
  const pages = {
    '/metrics': async () => ({ status: 200, contentType, body: await text() }),
    '/live': () => healthPage(health(), 200),
    '/ready': () => {
      const document = health()
      return healthPage(document, document.status === 'unhealthy' ? 503 : 200)
    },
  }
  try {
    return await listenHttp(sources.listen, pages)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new StartError(bindAdvice(`[runtime].metrics ${formatAddress(sources.listen)}`, code))
  }
}

/** Every metric there is. */
export function allFamilies({ registry, workers, process, log }: MetricsSources): readonly Family[] {
  return [
    ...headgateFamilies(registry.board, process, workers, log, Date.now),
    ...frontendFamilies(registry),
    ...backendFamilies(registry, Date.now),
    ...serverFamilies(registry, Date.now),
    ...roleFamilies(registry),
    ...workerFamilies(registry.board, workers),
    ...processFamilies(process.startedAt),
  ]
}

function healthPage(document: HealthDocument, status: number): Page {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(document)}\n` }
}
