import fc from 'fast-check'
import t from 'tap'
import { formatSize, parseSize, roughSize } from '../../src/core/size.js'

t.test('amounts as PostgreSQL writes them', async (t) => {
  t.same(['1B', '2kB', '16MB', '1GB'].map(parseSize), [1, 2_048, 16_777_216, 1_073_741_824])
  for (const text of ['', '16', 'MB', '16mb', '16 MB', '-1MB', '1.5MB', '16MBx', '1234567890123MB']) {
    t.equal(parseSize(text), undefined, JSON.stringify(text))
  }
})

t.test('what is written reads back', async () => {
  fc.assert(fc.property(fc.nat({ max: 2 ** 31 }), (bytes) => parseSize(formatSize(bytes)) === bytes))
})

t.test('for people', async (t) => {
  t.same([0, 900, 2_048, 1_268_000].map(roughSize), ['0 B', '900 B', '2 kB', '1.21 MB'])
})
