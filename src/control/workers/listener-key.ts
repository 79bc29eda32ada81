/** Which listener of one configuration is which of another. */
import { formatAddress } from '../../core/address.js'
import type { FrontendShape, ListenerShape } from '../../core/messages.js'

/**
 * What a listener is the same by, also after its frontend was renamed; where any free port was asked for, its frontend's
 * name tells it from others.
 */
export function listenerKey(
  { name }: Pick<FrontendShape, 'name'>,
  { protocol, address, ipv6Only }: Pick<ListenerShape, 'protocol' | 'address' | 'ipv6Only'>,
): string {
  const isAnyPort = address.family !== 'unix' && address.port === 0
  return `${protocol} ${formatAddress(address)}${ipv6Only ? ' ipv6 only' : ''}${isAnyPort ? ` of ${name}` : ''}`
}
