import { formatAddress, type InetAddress, inetAddress, parseBindAddress } from '../../../core/address.js'

/** A client as an operator names one: with its port or without. */
export interface ClientAddress {
  readonly address: InetAddress
  readonly hasPort: boolean
}

/** `192.0.2.7`, `192.0.2.7:50000`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:50000`; undefined for anything else. */
export function parseClient(text: string): ClientAddress | undefined {
  const alone = inetAddress(text.replace(/^\[(.*)\]$/, '$1'), 0)
  if (alone) return { address: alone, hasPort: false }
  const withPort = text.startsWith('*') ? undefined : parseBindAddress(text)
  return withPort?.ok ? { address: withPort.value, hasPort: true } : undefined
}

export function formatClientAddress({ address, hasPort }: ClientAddress): string {
  return hasPort ? formatAddress(address) : address.host
}
