/** What a config says about TLS, as Node's options; the files are read again for every probe, so that they may be renewed. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from 'node:tls'
import type { Address } from '../../../core/address.js'
import type { Finding } from './probe.js'

export interface TlsSettings {
  /** `full`: a known authority, and made out to `serverName`; `ca`: a known authority; `none`: any certificate. */
  readonly verify: 'full' | 'ca' | 'none'
  readonly caFile?: string | undefined
  /** Of the probe itself; with `keyFile` or not at all. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  /** Without it the certificate must be made out to the address, and no name is sent. */
  readonly serverName?: string | undefined
}

export type TlsOptions =
  | { readonly ok: true; readonly options: ConnectionOptions }
  | { readonly ok: false; readonly finding: Finding }

/**
 * Options for `tls.connect`, with neither socket nor address: whoever has them adds those. `ca`, `cert` and `key` are there
 * by themselves too, for libraries that make their own context.
 */
export async function tlsOptions(settings: TlsSettings, target: Address): Promise<TlsOptions> {
  const { verify, caFile, certFile, keyFile, serverName } = settings
  try {
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(contents))
    const material = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
    const name = serverName ?? (target.family === 'unix' ? 'localhost' : target.host)
    const options: ConnectionOptions = {
      ...material,
      secureContext: context(material, settings),
      rejectUnauthorized: verify !== 'none',
      checkServerIdentity: (_, certificate) => (verify === 'full' ? checkServerIdentity(name, certificate) : undefined),
      ...(isIP(name) === 0 && { servername: name }),
    }
    return { ok: true, options }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return { ok: false, finding: { passed: false, code: 'SOCKERR', reason: 'misconfigured', words } }
  }
}

async function contents(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined
  try {
    return await readFile(file)
  } catch (error) {
    throw new Error(`cannot read ${file}: ${codeOf(error)}`)
  }
}

/** Throws in words: OpenSSL's own say neither the file nor, often, what is wrong. */
function context(material: ConnectionOptions, { caFile, certFile, keyFile }: TlsSettings) {
  try {
    return createSecureContext(material)
  } catch (error) {
    const files = [caFile, certFile, keyFile].filter((file) => file !== undefined)
    throw new Error(`${files.join(', ')}: not certificates or a key that fits, in PEM (${codeOf(error)})`)
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? error) // every error of Node has a code
}
