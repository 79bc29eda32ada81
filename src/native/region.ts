/** Memory that system calls may be given: it never moves, and its address is known. */
import { addressOf, type Pointer, toPointer } from './libc.js'

/**
 * A zeroed block outside V8's movable heap. Untouched pages of a large one cost nothing. It lives as long as this
 * object, so whoever hands an address to the kernel keeps the Region.
 */
export class Region {
  readonly address: Pointer
  readonly bytes: Uint8Array
  /** The same bytes as Int32 words, for what is read in the hot path. */
  readonly words: Int32Array

  /** @param size bytes, rounded up to a multiple of 8 */
  constructor(size: number) {
    const memory = new ArrayBuffer(Math.ceil(size / 8) * 8)
    this.address = addressOf(memory)
    this.bytes = new Uint8Array(memory)
    this.words = new Int32Array(memory)
  }

  /** The address of the byte at `offset`. Allocates: for the hot path, ask once and keep it. */
  at(offset: number): Pointer {
    return toPointer(this.address + BigInt(offset))
  }

  u16(offset: number): number {
    return (this.bytes[offset] ?? 0) | ((this.bytes[offset + 1] ?? 0) << 8)
  }
  setU16(offset: number, value: number): void {
    this.bytes[offset] = value
    this.bytes[offset + 1] = value >> 8
  }
  /** `offset` is a multiple of 4. */
  i32(offset: number): number {
    return this.words[offset >> 2] ?? 0
  }
  /** `offset` is a multiple of 4. */
  setI32(offset: number, value: number): void {
    this.words[offset >> 2] = value
  }
  /** A size_t or u64 below 2^31; `offset` is a multiple of 4. */
  setSize(offset: number, value: number): void {
    this.words[offset >> 2] = value
    this.words[(offset >> 2) + 1] = 0
  }
  /** `offset` is a multiple of 8. */
  setPointer(offset: number, pointer: Pointer): void {
    new BigInt64Array(this.bytes.buffer)[offset >> 3] = pointer
  }
}
