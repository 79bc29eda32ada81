/**
 * The portable engine: node:net and node:dgram, on every platform that Node runs on. What it cannot do, and the linux
 * engine can:
 * - TCP_USER_TIMEOUT and TCP_DEFER_ACCEPT: Node has no call for them. `userTimeoutMs` and `deferAccept` are ignored.
 * - keepalive: only `idleMs` is ours (whole seconds, at least one); libuv fixes the rest at 10 probes, 1 s apart.
 * - sockets that are handed over: `descriptor` answers ENOTSUP.
 * - the local address of a datagram: a port bound to 0.0.0.0 or [::] replies from the address that routing chooses.
 *   Bind one port for each local address instead.
 * - datagrams that the kernel dropped: `onKernelDrops` is never called.
 * - a reset of a stream that is not being read is seen within RESET_WATCH_MS, and on unix sockets at the next read.
 * - a client that waits, has sent more than is looked at and then ends is seen to have ended only when it is served.
 * - urgent data between the last bytes of the side that ends last: libuv does not read on behind it, and the session ends
 *   as a reset.
 * - a client that is reset before it is accepted has lost its address, and is closed without `onAccept`.
 * - out of descriptors, new clients are reset instead of waiting in the queue; 8 descriptors stay free for the rest of
 *   the process.
 * - whether a datagram left is known only after `send`: one that did not is not counted, yet `send` answered true.
 * - `Channel.isFull` is never true: a MessagePort does not tell what the other side has yet to take.
 */
import type { Engine } from '../engine.js'
import { openControlChannel } from './channel.js'
import { connect } from './connect.js'
import { openFlow } from './datagram-flow.js'
import { bindDatagram } from './datagram-port.js'
import { deliver } from './delivery.js'
import { listen } from './listener.js'
import { peek } from './peek.js'
import { startRelay } from './relay.js'
import { ResetWatch } from './reset-watch.js'
import { SpareDescriptors } from './spare-descriptors.js'
import { after } from './timer.js'

/** One for each worker thread, or for a whole process. Nothing runs before the first call. */
export function createPortableEngine(): Engine {
  const sockets = { descriptors: new SpareDescriptors(), resets: new ResetWatch() }
  return {
    name: 'portable',
    listen: (at, options, handlers, onBound) => listen(sockets, at, options, handlers, onBound),
    connect: (to, options, onDone) => connect(sockets, to, options, onDone),
    peek,
    deliver,
    relay: (client, server, counters, onEnd, watches) =>
      startRelay(sockets.resets, client, server, counters, onEnd, watches),
    bindDatagram,
    openFlow: (port, batch, i, to, counters, handlers, source) =>
      openFlow(sockets.descriptors, { port, batch, i, to, counters, handlers, source }),
    after,
    now: () => performance.now(),
    wallClock: () => Date.now(),
    openChannel: (handlers) => openControlChannel(handlers),
    run: () => {},
    stop: () => process.exit(0),
  }
}
