/** Bytes that anybody can tell right or wrong who knows the seed and how many came before. */

/** A prime, so that no chunk that a program might lose, double or swap is a multiple of it. */
const PERIOD = 1_048_573
export const LONGEST_PIECE = 65_536

const block = Buffer.alloc(PERIOD + LONGEST_PIECE)
fill(block.subarray(0, PERIOD))
block.copy(block, PERIOD, 0, LONGEST_PIECE)

/** xorshift32: Marsaglia, Xorshift RNGs, 2003. The same in every process. */
function fill(bytes: Buffer): void {
  let x = 2_463_534_242
  for (let i = 0; i < bytes.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    bytes[i] = x
  }
}

/** `length` bytes, at most LONGEST_PIECE, of the endless stream of `seed`. Shared memory: not to be written to. */
export function piece(seed: number, offset: number, length: number): Buffer {
  const from = (seed * 7_919 + offset) % PERIOD
  return block.subarray(from, from + Math.min(length, LONGEST_PIECE))
}

/** Whether `bytes` are what the stream of `seed` has at `offset`. */
export function isPiece(bytes: Buffer, seed: number, offset: number): boolean {
  for (let at = 0; at < bytes.length; at += LONGEST_PIECE) {
    const part = bytes.subarray(at, at + LONGEST_PIECE)
    if (!part.equals(piece(seed, offset + at, part.length))) return false
  }
  return true
}
