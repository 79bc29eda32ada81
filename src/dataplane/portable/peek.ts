/** Reads a stream's first bytes ahead, and keeps them for the relay. */
import type { Cancel, Judge, Stream } from '../engine.js'
import { ownStream } from './stream.js'

export function peek<Verdict>(
  from: Stream,
  most: number,
  judge: Judge<Verdict>,
  onVerdict: (verdict: Verdict) => void,
): Cancel {
  const stream = ownStream(from)
  const { socket } = stream
  const ask = () => {
    const verdict = judge(stream.peeked.subarray(0, most), stream.hasEnded)
    if (verdict === undefined) return
    stop()
    onVerdict(verdict)
  }
  const onData = (chunk: Buffer) => {
    stream.peeked = Buffer.concat([stream.peeked, chunk])
    if (stream.peeked.length >= most) socket.pause()
    ask()
  }
  // a reset that looks like an end is told by 'error'
  const onEnd = () => {
    if (!socket.destroyed) ask()
  }
  // what came before is not told again
  const isKnown = stream.peeked.length > 0 || stream.hasEnded
  const asking = isKnown ? setImmediate(onEnd) : undefined
  const stop = () => {
    clearImmediate(asking)
    socket.off('data', onData).off('end', onEnd).pause()
  }
  socket.on('data', onData).on('end', onEnd)
  // of whoever has said more than anybody looks at, nothing more is taken in
  if (stream.peeked.length < most) socket.resume()
  return stop
}
