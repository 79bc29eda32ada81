/**
 * The linux engine: epoll, splice, recvmmsg and sendmmsg through koffi. Its loop never returns to Node, so it runs in a
 * process of its own and nothing there may wait for a promise or one of Node's timers.
 */
import { Region } from '../../native/region.js'
import type { Engine, Stream } from '../engine.js'
import { openChannel } from './channel.js'
import { connect } from './connecting.js'
import { flowHandOver, openFlow } from './datagram-flow.js'
import { bindDatagram, ownPort } from './datagram-port.js'
import { deliver } from './delivery.js'
import { EventLoop } from './event-loop.js'
import { LateOptions } from './late-options.js'
import { listen } from './listener.js'
import { peek } from './peek.js'
import { Pipes } from './pipes.js'
import { ReceivedDatagrams } from './received-datagrams.js'
import { StreamRelay } from './relay.js'
import { Replies } from './replies.js'
import { TcpStream } from './tcp-stream.js'
import { Timer } from './timer-heap.js'

export interface LinuxEngineOptions {
  /** The unix stream socket to control, inherited. Without one `openChannel` throws. */
  readonly channelDescriptor?: number
  /** Pipes with bytes in them at the same time, two descriptors each; beyond it bulk is copied. Default: 512. */
  readonly mostPipes?: number
}

const MOST_PIPES = 512
/** What one recv takes: a full one means bulk. In the cache of one core, and the same for all relays. */
const BUFFER_BYTES = 65_536

/** One for each worker process. Throws where native calls do not work: ask nativeAvailability first. */
export function createLinuxEngine({ channelDescriptor, mostPipes = MOST_PIPES }: LinuxEngineOptions = {}): Engine {
  const loop = new EventLoop()
  const connectMeans = { loop, lateOptions: new LateOptions(loop) }
  const relayMeans = { buffer: new Region(BUFFER_BYTES), pipes: new Pipes(mostPipes) }
  const received = new ReceivedDatagrams()
  const datagramMeans = { loop, received, replies: new Replies(loop) }
  return {
    name: 'linux',
    listen: (at, options, handlers, onBound) => onBound(listen(loop, at, options, handlers)),
    connect: (to, options, onDone, client) => connect(connectMeans, to, options, onDone, client && ownStream(client)),
    peek: (stream, most, judge, onVerdict) => peek(loop, ownStream(stream), most, judge, onVerdict),
    deliver: (message, to, onEnd) => deliver(loop, message, ownStream(to), onEnd),
    relay: (client, server, counters, onEnd, watches) =>
      new StreamRelay(loop, relayMeans, ownStream(client), ownStream(server), counters, onEnd, watches),
    bindDatagram: (at, handlers, onBound) => onBound(bindDatagram(datagramMeans, at, handlers)),
    openFlow: (port, _batch, i, to, counters, handlers, source) =>
      openFlow(datagramMeans, { port: ownPort(port), received, i, to, counters, handlers, source }),
    flowHandOver: flowHandOver(datagramMeans),
    after: (delayMs, run) => {
      const timer = new Timer(run)
      loop.startTimer(timer, delayMs)
      return () => loop.stopTimer(timer)
    },
    now: () => loop.now(),
    wallClock: () => Date.now(),
    openChannel: (handlers) => {
      if (channelDescriptor === undefined) throw new Error('linux engine: no channelDescriptor was given')
      return openChannel(loop, channelDescriptor, handlers)
    },
    run: () => loop.run(),
    stop: () => loop.stop(),
  }
}

function ownStream(stream: Stream): TcpStream {
  if (stream instanceof TcpStream) return stream
  throw new TypeError('linux engine: not a stream of this engine')
}
