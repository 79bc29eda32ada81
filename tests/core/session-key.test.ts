import t from 'tap'
import { combine, finalise, hashText } from '../../src/core/session-key.js'

const SAMPLES = 64_000
const BUCKETS = 256

/** Chi-square of how evenly hashes fall into buckets; its mean is BUCKETS - 1, and 5 deviations more is a bad hash. */
function chiSquare(hashes: readonly number[], bucketOf: (hash: number) => number): number {
  const counts = new Array<number>(BUCKETS).fill(0)
  for (const hash of hashes) counts[bucketOf(hash)] = (counts[bucketOf(hash)] ?? 0) + 1
  const fair = hashes.length / BUCKETS
  return counts.reduce((sum, count) => sum + (count - fair) ** 2 / fair, 0)
}
const BOUND = BUCKETS - 1 + 5 * Math.sqrt(2 * (BUCKETS - 1))

const samples = (hash: (i: number) => number) => Array.from({ length: SAMPLES }, (_, i) => hash(i))
const INPUTS: Readonly<Record<string, (i: number) => number>> = {
  'addresses of one network': (i) => hashText(`10.1.${i >> 8}.${i & 255}`),
  'ports of one client': (i) => hashText(`192.0.2.7:${i}`),
  'names of servers': (i) => hashText(`server-${i}`),
  'small numbers': (i) => finalise(i),
  'one key with many servers': (i) => combine(0x12345678, i),
  'many keys with one server': (i) => combine(i, 0x12345678),
  'words of an IPv4 address': (i) => combine(combine(0, 0xffff), 0x0a000000 + i),
}

for (const [name, hash] of Object.entries(INPUTS)) {
  t.test(`hashes of ${name} spread evenly, by their low bits, their high bits and modulo a prime`, (t) => {
    const hashes = samples(hash)
    t.ok(chiSquare(hashes, (h) => h & 255) < BOUND, 'low bits')
    t.ok(chiSquare(hashes, (h) => h >>> 24) < BOUND, 'high bits')
    t.ok(chiSquare(hashes, (h) => Math.floor(((h % 65_537) * BUCKETS) / 65_537)) < BOUND, 'modulo 65,537')
    t.ok(
      hashes.every((h) => Number.isInteger(h) && h >= 0 && h < 2 ** 32),
      'unsigned 32 bit',
    )
    t.end()
  })
}

t.test('one changed bit changes half of the others', (t) => {
  const changed = new Array<number>(32).fill(0)
  for (let i = 0; i < 2_000; i++) {
    const bits = (finalise(i * 7_919) ^ finalise((i * 7_919) ^ (1 << (i % 32)))) >>> 0
    for (let bit = 0; bit < 32; bit++) changed[bit] = (changed[bit] ?? 0) + ((bits >>> bit) & 1)
  }
  t.ok(Math.min(...changed) > 850 && Math.max(...changed) < 1_150, changed.join(' '))
  t.end()
})

t.test('finalising loses nothing: different numbers stay different', (t) => {
  t.equal(new Set(samples(finalise)).size, SAMPLES)
  t.end()
})

t.test('the order of what is combined matters', (t) => {
  t.not(combine(1, 2), combine(2, 1))
  t.end()
})

t.test('hashes are the same for ever: servers keep their clients over an upgrade', (t) => {
  t.equal(hashText('r1'), 0x6dcde39e)
  t.equal(combine(1, 2), 0x236fad8)
  t.equal(finalise(1), 0x514e28b7, 'fmix32 of MurmurHash3')
  t.end()
})
