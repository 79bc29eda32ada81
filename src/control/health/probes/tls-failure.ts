/** What a TLS handshake that failed says about a server. */
import { type Address, formatAddress } from '../../../core/address.js'
import type { Finding } from './probe.js'

/** Node's codes for certificates that are not believed: X509_verify_cert_error_string(3), and one of Node's own. */
const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by nobody but itself',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is made out to another name',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from an authority that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes from an authority that is not known',
}
const CERTIFICATE_CODE = /^(?:CERT|CRL|UNABLE_TO|INVALID|PATH|HOSTNAME|ERROR_IN_CERT|ERR_TLS_CERT)_/

/** OpenSSL's codes for an answer that is no TLS at all. */
const NOT_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNEXPECTED_MESSAGE',
])

/** Undefined for an error that is not about TLS: a refused connect, a reset. */
export function tlsFailure(error: NodeJS.ErrnoException, target: Address): Finding | undefined {
  const { code = '' } = error
  const at = formatAddress(target)
  const isCertificate = code in CERTIFICATE || CERTIFICATE_CODE.test(code)
  if (isCertificate) {
    const words = `the certificate of ${at} ${CERTIFICATE[code] ?? 'is not believed'} (${detailOf(error) ?? code})`
    return { passed: false, code: 'L6RSP', reason: 'certificate', words }
  }
  if (NOT_TLS.has(code)) {
    return { passed: false, code: 'L6RSP', reason: 'tls-refused', words: `${at} does not speak TLS (${code})` }
  }
  if (!/^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code)) return undefined
  return { passed: false, code: 'L6RSP', reason: 'tls-failed', words: `the TLS handshake with ${at} failed (${code})` }
}

/** For another name: which names it is made out to. */
function detailOf(error: Error): string | undefined {
  const names = 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined
  return names?.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
