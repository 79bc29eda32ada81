/** `tls = true`, or `tls = { … }`: how a probe that speaks TLS does so. */
import * as z from 'zod'
import { choice, either, filePath, flag, table } from '../fields.js'

/** How much of the server's certificate is believed. The meanings are those of libpq's `verify-full`, `verify-ca`, `require`. */
const VERIFY = ['full', 'ca', 'none'] as const

const CLIENT_CERTIFICATE = 'both cert_file and key_file, or none of them'

const keys = {
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
    .string('a host name')
    .min(1, 'a host name')
    .max(253, 'a host name')
    .meta({ expected: 'a host name' })
    .optional()
    .describe('Host name to ask for (SNI) and to find in the certificate. Default: the IP address of the server.'),
}

const settings = table(keys)
  .refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), CLIENT_CERTIFICATE)
  .transform(({ verify, ca_file, cert_file, key_file, server_name }) => ({
    verify,
    caFile: ca_file,
    certFile: cert_file,
    keyFile: key_file,
    serverName: server_name,
  }))

const EXPECTED = 'true, false, or a table such as { ca_file = "/etc/ssl/db-ca.pem" }'

/** Undefined where there is no TLS. */
export const tls = either(EXPECTED, [flag().transform((isOn) => (isOn ? settings.parse({}) : undefined)), settings])

/** For the probes whose protocol is TLS itself. */
export const tlsTable = settings
