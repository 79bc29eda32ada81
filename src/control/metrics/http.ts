/** A small HTTP server for a few pages that programs read: bounded in every way, GET and HEAD only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type InetAddress, inetAddress } from '../../core/address.js'

export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Path to what is there. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>

export interface ListeningHttp {
  /** Its port is the real one where 0 was asked for. */
  readonly address: InetAddress
  close(): Promise<void>
}

const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const
const MAX_CONNECTIONS = 64

/** Rejects with the error of listen(2). */
export async function listenHttp(listen: InetAddress, pages: Pages): Promise<ListeningHttp> {
  const server = createServer(LIMITS, (request, response) => void answer(request, response, pages))
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.host, resolve)
  })
  // a client that could not be accepted, for want of descriptors, tries again; it is no reason to end
  server.on('error', () => {})
  return { address: boundAddress(server, listen), close: () => close(server) }
}

async function answer(request: IncomingMessage, response: ServerResponse, pages: Pages): Promise<void> {
  const page = await pageFor(request, pages)
  if (page.status === 405) response.setHeader('Allow', 'GET, HEAD')
  // a body that nobody reads is not waited for
  if (request.method !== 'GET' && request.method !== 'HEAD') response.setHeader('Connection', 'close')
  response.writeHead(page.status, {
    'Content-Type': page.contentType,
    'Content-Length': Buffer.byteLength(page.body),
    'Cache-Control': 'no-store',
  })
  response.end(page.body)
}

async function pageFor({ method, url = '' }: IncomingMessage, pages: Pages): Promise<Page> {
  const path = url.split('?', 1)[0] ?? ''
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (!page) return words(404, `nothing here; try ${Object.keys(pages).join(', ')}`)
  if (method !== 'GET' && method !== 'HEAD') return words(405, `${path} takes GET and HEAD only`)
  try {
    return await page()
  } catch (error) {
    return words(500, `${path} failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function words(status: number, text: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}

function boundAddress(server: Server, listen: InetAddress): InetAddress {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') return listen
  return inetAddress(bound.address, bound.port) ?? listen
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
