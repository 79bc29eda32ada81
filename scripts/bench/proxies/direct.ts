/** No proxy at all: what the load and the servers do by themselves. */
import type { Contender } from './contender.js'

export const direct: Contender = {
  name: 'direct',
  version: '',
  protocols: ['tcp', 'udp'],
  async start(route) {
    const [port] = route.ports
    if (port === undefined) throw new Error('a route without servers')
    return { port, pid: undefined, log: () => '', async stop() {} }
  },
}
