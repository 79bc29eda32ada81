/** Names of local users: passwd(5). A directory service is not asked, for it may take seconds to answer. */
import { readFileSync } from 'node:fs'

const known = new Map<number, string | undefined>()

/** Undefined when this machine's own list has no such user. */
export function userName(uid: number): string | undefined {
  if (!known.has(uid)) known.set(uid, nameIn(readPasswd(), uid))
  return known.get(uid)
}

function nameIn(passwd: string, uid: number): string | undefined {
  const line = passwd.split('\n').find((line) => line.split(':')[2] === String(uid))
  return line?.split(':', 1)[0]
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8')
  } catch {
    return ''
  }
}
