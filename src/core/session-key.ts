/** Hashes of what identifies a client. FNV-1a with a finaliser: short inputs, no allocation, even spread. */

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** Mixes all 32 bits, so that neighbouring inputs land far apart (the finaliser of MurmurHash3). Unsigned 32 bit. */
export function finalise(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** FNV-1a over UTF-16 code units: for names and addresses, which are ASCII. Unsigned 32 bit. */
export function hashText(text: string): number {
  let hash = FNV_OFFSET
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return finalise(hash)
}

/** One hash out of two, order mattering. Unsigned 32 bit. */
export function combine(a: number, b: number): number {
  return finalise(Math.imul(a, FNV_PRIME) ^ b)
}
