/** Names of error numbers: errno(3). */
import { constants } from 'node:os'

const NAMES = new Map<number, string>()
// EWOULDBLOCK and EOPNOTSUPP share a number with EAGAIN and ENOTSUP: the first name in the list stands
for (const [name, number] of Object.entries(constants.errno)) if (!NAMES.has(number)) NAMES.set(number, name)

export const {
  EAFNOSUPPORT,
  EAGAIN,
  ECONNREFUSED,
  EINPROGRESS,
  EINVAL,
  EMFILE,
  ENETUNREACH,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EPIPE,
} = constants.errno

/** `ECONNREFUSED`; `errno 530` for a number that has no name here. */
export function errnoName(number: number): string {
  return NAMES.get(number) ?? `errno ${number}`
}
