/** `check = { type = "tls", … }` */
import * as z from 'zod'
import { duration, table } from '../fields.js'
import { schedule } from './schedule.js'
import { CLIENT_CERTIFICATE, hasWholeClientCertificate, tlsKeys, tlsSettings } from './tls.js'

/** Certificates live for years. */
const LONGEST_MS = 3_650 * 86_400_000

export const handshake = table({
  type: z.literal('tls').describe('Shakes hands over TLS, and judges the certificate.'),
  ...schedule,
  ...tlsKeys,
  expires_in: duration({ to: LONGEST_MS })
    .optional()
    .describe('The certificate must be good for longer than this, whatever `verify` says. Default: it is not asked.'),
})
  .refine(hasWholeClientCertificate, CLIENT_CERTIFICATE)
  .transform(({ verify, ca_file, cert_file, key_file, server_name, expires_in, ...same }) => ({
    ...same,
    tls: tlsSettings({ verify, ca_file, cert_file, key_file, server_name }),
    minRemainingMs: expires_in,
  }))
