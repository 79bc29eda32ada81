/** What a config says about TLS, as Node's options; the files are read again for every probe, so that they may be renewed. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, createSecureContext, type SecureContext } from 'node:tls'
import { misconfigured } from './password.js'
import { readPlainFile } from './plain-file.js'
import type { Attempt, Finding } from './probe.js'

export interface TlsSettings {
  /** `full`: a known authority, and made out to `serverName`; `ca`: a known authority; `none`: any certificate. */
  readonly verify: 'full' | 'ca' | 'none'
  readonly caFile?: string | undefined
  /** Of the probe itself; with `keyFile` or not at all. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  /** Without it the certificate must be made out to the server's host name as declared, or to its address. */
  readonly serverName?: string | undefined
}

export type TlsOptions =
  | { readonly ok: true; readonly options: ConnectionOptions }
  | { readonly ok: false; readonly finding: Finding }

/**
 * Options for `tls.connect`, with neither socket nor address: whoever has them adds those. `ca`, `cert` and `key` are there
 * by themselves too, for libraries that make their own context.
 */
export async function tlsOptions(settings: TlsSettings, attempt: Attempt<unknown>): Promise<TlsOptions> {
  const { verify, caFile, certFile, keyFile, serverName = nameOf(attempt) } = settings
  try {
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map((file) => contents(file, attempt)))
    const material = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
    const options: ConnectionOptions = {
      ...material,
      secureContext: context(material, settings),
      rejectUnauthorized: verify !== 'none',
      checkServerIdentity: (_, certificate) =>
        verify === 'full' ? checkServerIdentity(serverName, certificate) : undefined,
      ...(isIP(serverName) === 0 && { servername: serverName }),
    }
    return { ok: true, options }
  } catch (error) {
    return { ok: false, finding: misconfigured(error instanceof Error ? error.message : String(error)) }
  }
}

function nameOf({ target, server }: Attempt<unknown>): string {
  if (server?.address?.family === 'name') return server.address.host
  return target.family === 'unix' ? 'localhost' : target.host
}

interface Material {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** Bytes; all the public authorities together take 200 kB. */
const LONGEST = 1_048_576

async function contents(file: string | undefined, attempt: Attempt<unknown>): Promise<Buffer | undefined> {
  if (file === undefined) return undefined
  try {
    return await readPlainFile(file, LONGEST, attempt)
  } catch (error) {
    throw new Error(`${file} ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Throws in words: OpenSSL's own say neither the file nor, often, what is wrong. */
function context(material: Material, { caFile, certFile, keyFile }: TlsSettings): SecureContext {
  try {
    // a context takes what is no certificate for an empty list of authorities
    if (material.ca) new X509Certificate(material.ca)
    return createSecureContext(material)
  } catch (error) {
    const files = [caFile, certFile, keyFile].filter((file) => file !== undefined)
    const code = error instanceof Error && 'code' in error ? error.code : String(error)
    throw new Error(`${files.join(', ')}: not certificates, or not the key that fits, in PEM (${code})`)
  }
}
