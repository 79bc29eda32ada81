/** Socket names from Node as addresses of ours. */
import { type Address, type InetAddress, inetAddress } from '../../core/address.js'

/**
 * The address behind a numeric host as Node writes it. The scope of a link-local address (`fe80::1%eth0`) is left out;
 * an IPv4 client of a [::] socket (`::ffff:1.2.3.4`) is an IPv4 address. Undefined when there is none.
 */
export function fromNode(host: string | undefined, port: number | undefined): InetAddress | undefined {
  if (host === undefined || port === undefined) return undefined
  const scope = host.indexOf('%')
  return inetAddress(scope < 0 ? host : host.slice(0, scope), port)
}

/** What a socket that was asked to bind `asked` is really bound to: the port may have been 0. */
export function boundAddress(asked: Address, port: number): Address {
  return asked.family === 'unix' ? asked : { ...asked, port }
}
