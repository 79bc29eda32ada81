import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { formatIp, parseIp } from '../../src/core/ip.js'

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
/** Groups that are often 0, so that runs of zeros to be shortened occur. */
const ipv6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ max: 0xffff, min: 0 })), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])))

/** An address with one character put in, taken out or replaced: near misses of every kind. */
const nearlyAnAddress = fc
  .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(), fc.constantFrom('', ...'0123456789afAFg.:%[ '), fc.nat(1))
  .map(([text, at, character, removed]) => {
    const cut = at % (text.length + 1)
    return text.slice(0, cut) + character + text.slice(cut + removed)
  })

t.test('what is printed is read again as the same bytes', (t) => {
  fc.assert(
    fc.property(fc.oneof(bytesOf(4), ipv6Bytes), (bytes) => {
      const again = parseIp(formatIp(bytes))
      return again !== undefined && [...again].join() === [...bytes].join()
    }),
    { seed: 1 },
  )
  t.end()
})

t.test('exactly those texts are addresses that Node takes for one, save scope ids', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), nearlyAnAddress), (text) => {
      const length = { 0: undefined, 4: 4, 6: 16 }[text.includes('%') ? 0 : isIP(text)]
      return parseIp(text)?.length === length
    }),
    { numRuns: 3_000, seed: 2 },
  )
  t.end()
})

t.test('IPv6 is printed as the URL standard prints it, which follows RFC 5952', (t) => {
  fc.assert(
    fc.property(ipv6Bytes, (bytes) => {
      const text = formatIp(bytes)
      return new URL(`http://[${text}]/`).hostname === `[${text}]`
    }),
    { numRuns: 1_000, seed: 3 },
  )
  t.end()
})

t.test('examples of RFC 4291 and RFC 5952', (t) => {
  const examples = {
    '2001:DB8:0:0:8:800:200C:417A': '2001:db8::8:800:200c:417a',
    'FF01:0:0:0:0:0:0:101': 'ff01::101',
    '0:0:0:0:0:0:0:1': '::1',
    '0:0:0:0:0:0:0:0': '::',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
    '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '64:ff9b::192.0.2.33': '64:ff9b::c000:221',
  }
  for (const [text, printed] of Object.entries(examples)) {
    const bytes = parseIp(text)
    t.equal(bytes && formatIp(bytes), printed, text)
  }
  t.end()
})

t.test('an IPv4 client of a dual-stack socket is printed as IPv4', (t) => {
  const bytes = parseIp('::ffff:192.0.2.7')
  t.equal(bytes && formatIp(bytes), '192.0.2.7')
  t.end()
})

t.test('octal-looking quads, scope ids, brackets and host names are no addresses', (t) => {
  for (const text of [
    '',
    ':',
    '010.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    'fe80::1%eth0',
    '[::1]',
    'db1',
    '1::2::3',
    '::1.2.3.4:5',
  ]) {
    t.equal(parseIp(text), undefined, text)
  }
  t.end()
})
