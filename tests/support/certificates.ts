/** An authority and certificates that it signs, made by openssl in a temporary folder. */
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from './installed-programs.js'
import { temporaryFolder } from './temporary-folder.js'

/** For `skipWithout`. */
export const CERTIFICATE_PROGRAMS = ['openssl'] as const

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

export interface Authority {
  readonly caFile: string
  /**
   * Signs one for `db.test` and 127.0.0.1.
   * @param days from now; negative for one that has expired
   */
  sign(name: string, days?: number): Certificate
  remove(): void
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export function startAuthority(): Authority {
  const folder = temporaryFolder()
  // a server may run as another user
  chmodSync(folder.path, 0o755)
  const file = (name: string) => join(folder.path, name)
  const openssl = (...args: readonly string[]) => execFileSync(program('openssl'), args, { stdio: 'pipe' })
  const caFile = file('ca.pem')
  openssl('req', '-x509', ...KEY, '-keyout', file('ca.key'), '-out', caFile, '-subj', '/CN=test', '-days', '90')

  return {
    caFile,
    sign(name, days = 60) {
      const [certFile, keyFile, request] = [file(`${name}.pem`), file(`${name}.key`), file(`${name}.csr`)]
      const names = 'subjectAltName=DNS:db.test,IP:127.0.0.1'
      openssl('req', ...KEY, '-keyout', keyFile, '-out', request, '-subj', '/CN=db.test', '-addext', names)
      const authority = ['-CA', caFile, '-CAkey', file('ca.key'), '-CAcreateserial', '-copy_extensions', 'copy']
      openssl('x509', '-req', '-in', request, ...authority, '-days', `${days}`, '-out', certFile)
      chmodSync(keyFile, 0o644)
      return { certFile, keyFile }
    },
    remove: folder.remove,
  }
}

/** A file that is no PEM. */
export function notPem(folder: string): string {
  const path = join(folder, 'not.pem')
  writeFileSync(path, 'not a certificate\n')
  return path
}
