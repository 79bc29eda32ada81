/**
 * Socket activation: listening sockets that the init system has opened for us, from descriptor 3 on: sd_listen_fds(3).
 * Which frontend a socket is for is told by its address, not by its name.
 */
import type { Config } from '../../config/config.js'
import { type Address, formatAddress } from '../../core/address.js'
import { fromRawAddress } from '../../core/raw-address.js'
import { StartError } from '../start-error.js'
import { listenerKey } from '../workers/listener-key.js'
import type { HandedSocket } from '../workers/listening-sockets.js'

const FIRST = 3

/** What we inherit; none without socket activation. Our children do not. Throws StartError for one that nobody wants. */
export async function inheritedSockets(env: NodeJS.ProcessEnv, config: Config): Promise<readonly HandedSocket[]> {
  const count = Number(env.LISTEN_PID) === process.pid ? Number(env.LISTEN_FDS) : 0
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name]
  if (!(count > 0)) return []
  const { getOption, localAddress, setCloseOnExec } = await import('../../native/socket-options.js')
  const { SOCK_DGRAM, SOL_SOCKET, SO_TYPE } = await import('../../native/constants.js')
  const wanted = listeners(config)
  const shares = new Map<string, number>()
  return Array.from({ length: count }, (_, i) => {
    const descriptor = FIRST + i
    setCloseOnExec(descriptor)
    const raw = localAddress(descriptor)
    if (!raw) throw new StartError(`descriptor ${descriptor}, which the init system passes on, is no socket`)
    const bound = fromRawAddress(raw)
    const protocol = getOption(descriptor, SOL_SOCKET, SO_TYPE) === SOCK_DGRAM ? 'udp' : 'tcp'
    const listener = wanted.find(({ address, protocol: its }) => its === protocol && isSame(address, bound))
    if (!listener) throw new StartError(unwanted(protocol, bound, wanted))
    const share = shares.get(listener.key) ?? 0
    shares.set(listener.key, share + 1)
    return { listener: listener.key, protocol, bound, share, descriptor }
  })
}

interface Wanted {
  readonly key: string
  readonly protocol: 'tcp' | 'udp'
  readonly address: Address
}

function listeners({ frontends }: Config): Wanted[] {
  return frontends.flatMap(({ name, protocol, listen }) =>
    listen.map((address) => ({ key: listenerKey({ name }, { protocol, address }), protocol, address })),
  )
}

function isSame(one: Address, other: Address): boolean {
  return formatAddress(one) === formatAddress(other)
}

function unwanted(protocol: string, bound: Address, wanted: readonly Wanted[]): string {
  const list = wanted.map(({ protocol, address }) => `${protocol} ${formatAddress(address)}`).join(', ')
  return (
    `the init system passes on a socket for ${protocol} ${formatAddress(bound)}, where no frontend listens (they do on ` +
    `${list}); make ListenStream= or ListenDatagram= the same as listen, address and all`
  )
}
