/** `tls = true`, or `tls = { … }`: how a probe that speaks TLS does so. */
import * as z from 'zod'
import { choice, either, filePath, flag, table } from '../fields.js'

/** How much of the server's certificate is believed. The meanings are those of libpq's `verify-full`, `verify-ca`, `require`. */
const VERIFY = ['full', 'ca', 'none'] as const

const HOST_NAME = 'a host name, such as "db.example.org"'

/** Also by themselves, for the probe whose protocol is TLS itself. */
export const tlsKeys = {
  verify: choice(VERIFY)
    .prefault('full')
    .describe(
      '`full`: the certificate comes from an authority that is known, and is made out to `server_name`; `ca`: the first alone; `none`: any certificate will do.',
    ),
  ca_file: filePath()
    .optional()
    .describe('Certificates of the authorities, PEM. Default: the public ones that Node.js brings along.'),
  cert_file: filePath().optional().describe('Certificate of the probe itself, PEM, where the server asks for one.'),
  key_file: filePath().optional().describe('Its private key, PEM, without a passphrase.'),
  server_name: z
    .string(HOST_NAME)
    .regex(/^[A-Za-z0-9._-]{1,253}$/, HOST_NAME)
    .meta({ expected: HOST_NAME })
    .optional()
    .describe(
      "Host name to ask for (SNI) and to find in the certificate. Default: the host name in the server's `address`, or its IP address.",
    ),
}

type TlsKeys = z.output<z.ZodObject<typeof tlsKeys>>

/** For a `refine`. */
export const CLIENT_CERTIFICATE = 'both cert_file and key_file, or none of them'
export function hasWholeClientCertificate({ cert_file, key_file }: Pick<TlsKeys, 'cert_file' | 'key_file'>): boolean {
  return (cert_file === undefined) === (key_file === undefined)
}

export function tlsSettings({ verify, ca_file, cert_file, key_file, server_name }: TlsKeys) {
  return { verify, caFile: ca_file, certFile: cert_file, keyFile: key_file, serverName: server_name }
}

const settings = table(tlsKeys).refine(hasWholeClientCertificate, CLIENT_CERTIFICATE).transform(tlsSettings)

const EXPECTED = 'true, false, or a table such as { ca_file = "/etc/ssl/db-ca.pem" }'

/** Undefined where there is no TLS. */
export const tls = either(EXPECTED, [flag().transform((isOn) => (isOn ? settings.parse({}) : undefined)), settings])
