/** Metrics over a small registry, on a free port. */
import { request } from 'node:http'
import type { Test } from 'tap'
import { type MetricsSources, startMetrics } from '../../../src/control/metrics/metrics.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import { type SmallRegistryOptions, smallRegistry } from '../small-registry.js'

class FakeWorkers {
  readonly engine = 'portable'
  running: number
  deaths = 0
  constructor(readonly count: number) {
    this.running = count
  }
}

export interface SmallSources extends MetricsSources {
  readonly workers: FakeWorkers
  readonly log: { dropped: number }
  readonly state: { isStopping: boolean }
}

export const SERVERS = {
  r1: { family: 4, host: '127.0.0.1', port: 1 },
  r2: { family: 4, host: '127.0.0.1', port: 2 },
} as const

export function smallSources(options: Partial<SmallRegistryOptions> = {}): SmallSources {
  const registry: Registry = smallRegistry({ servers: SERVERS, workers: 2, ...options })
  const state = { isStopping: false }
  const startedAt = Date.now() - 90_500
  const process = { version: '1.2.3', pid: 1, startedAt, node: 'n', isStopping: () => state.isStopping }
  return { registry, workers: new FakeWorkers(2), process, log: { dropped: 0 }, state }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export type Get = (path: string, method?: string, body?: string) => Promise<Answer>

export async function servedMetrics(t: Test, sources: MetricsSources): Promise<Get> {
  const server = await startMetrics({ ...sources, listen: { family: 4, host: '127.0.0.1', port: 0 } })
  t.teardown(() => server.close())
  return (path, method = 'GET', body) => get(server.address.port, path, method, body)
}

function get(port: number, path: string, method: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    asking.once('error', reject).end(body)
  })
}

/** `name{labels}` to value. */
export function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}
