/** A client that was there before the reader of a port has one key: all its datagrams are of one flow. */
import assert from 'node:assert/strict'
import t, { type Test } from 'tap'
import { type Datagrams, KEY_WORDS } from '../../../src/dataplane/engine.js'
import { createLinuxEngine } from '../../../src/dataplane/linux/engine.js'
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_DGRAM } from '../../../src/native/constants.js'
import { bind, close, connect, fcntl, sendBytes, socket } from '../../../src/native/libc.js'
import { openDatagramSocket } from '../../../src/native/listening-socket.js'
import { encodeAddress, type InetSocketAddress } from '../../../src/native/sockaddr.js'
import { localAddress } from '../../../src/native/socket-options.js'
import { skipEngine } from '../../support/engines.js'

const F_DUPFD = 0
const LOOPBACK = Uint8Array.of(127, 0, 0, 1)
const LOOPBACK_WORD = 0x7f000001
const MAPPED = 0xffff

const ANY4: InetSocketAddress = { family: 4, bytes: new Uint8Array(4), port: 0 }
const ANY6: InetSocketAddress = { family: 6, bytes: new Uint8Array(16), port: 0 }

/** As control opens it. */
function ours(address: InetSocketAddress): number {
  const opened = openDatagramSocket(address, { reusePort: false })
  assert(opened.ok)
  return opened.descriptor
}

/** As systemd opens it. */
function plain(address: InetSocketAddress): number {
  const fd = socket(address.family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  const { region, length } = encodeAddress(address)
  assert.equal(bind(fd, region.address, length), 0)
  return fd
}

/** Keys of two datagrams of one client: one came before the reader, one after it. */
function keysOfTwo(t: Test, port: number): readonly Int32Array[] {
  const client = clientOf(port)
  t.teardown(() => [port, client].forEach(close))
  sendBytes(client, Buffer.from('early'), 5, 0)
  const engine = createLinuxEngine()
  const keys: Int32Array[] = []
  const onDatagrams = (batch: Datagrams) => {
    for (let i = 0; i < batch.count; i++) keys.push(batch.keys.slice(i * KEY_WORDS, (i + 1) * KEY_WORDS))
    if (keys.length === 2) engine.stop()
  }
  const at = { address: { family: 4, host: '0.0.0.0', port: 0 }, descriptor: fcntl(port, F_DUPFD, 0) } as const
  engine.bindDatagram(at, { onDatagrams, onKernelDrops: () => {}, onRepliesLost: () => {} }, ({ ok }) => assert(ok))
  sendBytes(client, Buffer.from('late'), 4, 0)
  engine.run()
  return keys
}

function clientOf(port: number): number {
  const bound = localAddress(port)
  assert(bound && bound.family !== 'unix')
  const { region, length } = encodeAddress({ family: 4, bytes: LOOPBACK, port: bound.port })
  const client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  assert.equal(connect(client, region.address, length), 0)
  return client
}

const PORTS = [
  { name: 'a 0.0.0.0 port of ours', open: () => ours(ANY4) },
  { name: 'a [::] port of ours', open: () => ours(ANY6) },
  { name: 'a 0.0.0.0 port of systemd', open: () => plain(ANY4) },
  { name: 'a [::] port of systemd', open: () => plain(ANY6) },
]

for (const { name, open } of PORTS) {
  t.test(`${name}: what came before it was read is of the same flow`, { skip: skipEngine('linux') }, async (t) => {
    const [early, late] = keysOfTwo(t, open())
    t.same(early, late)
    t.same([...(early ?? []).slice(5)], [0, 0, MAPPED, LOOPBACK_WORD], 'answered from where it was sent to')
  })
}
