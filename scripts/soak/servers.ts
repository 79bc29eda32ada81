/**
 * The servers of the soak, in a process of their own: three over TCP that check what they are asked and answer as they
 * are told, three over UDP that echo. Says its ports on its first line, and a tally every second.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { ServerSession } from './server-session.js'
import { endWithParent, newTally, tellUntilEnd } from './tally.js'

const EACH = 3
const BUFFER_BYTES = 1 << 20

const tally = newTally()

async function startTcp(): Promise<number> {
  // a reset without a word is news to the session, not to the process
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => new ServerSession(socket, tally))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  // a listening TCP server's address is never a string
  return (server.address() as AddressInfo).port
}

async function startUdp(): Promise<number> {
  const socket = createSocket({
    type: 'udp4',
    // Node's own lookup would cost a turn of the loop for each datagram
    lookup: (host, _options, onFound) => onFound(null, host, 4),
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
  })
  socket.on('message', (bytes, from) => {
    socket.send(bytes, from.port, from.address)
  })
  // a client that is gone
  socket.on('error', () => {})
  const listening = once(socket, 'listening')
  socket.bind(0, '127.0.0.1')
  await listening
  return socket.address().port
}

endWithParent()
const tcp = await Promise.all(Array.from({ length: EACH }, startTcp))
const udp = await Promise.all(Array.from({ length: EACH }, startUdp))
console.log(JSON.stringify({ tcp, udp }))
tellUntilEnd(tally, async () => {})
