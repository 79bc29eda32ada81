import fc from 'fast-check'
import t from 'tap'
import { formatRate, intervalOf, parseRate, RATE_SHAPE } from '../../src/core/rate.js'

t.test('reads a number of times for each second, minute or hour', async (t) => {
  t.equal(parseRate('5/s'), 18_000)
  t.equal(parseRate('30/m'), 1_800)
  t.equal(parseRate('100/h'), 100)
  t.equal(intervalOf(18_000), 200)
  t.equal(formatRate(18_000), '5/s')
  t.equal(formatRate(120), '2/m')
  t.equal(formatRate(7), '7/h')
})

t.test('refuses everything else', async (t) => {
  for (const text of [
    '',
    '5',
    '/s',
    '5/',
    '0/s',
    '00/s',
    '1.5/s',
    '-1/s',
    '5/ms',
    '5/d',
    '5 / s',
    '12345/s',
    '5/s\n',
  ]) {
    t.equal(parseRate(text), undefined, JSON.stringify(text))
  }
})

t.test('what is written parses back, and has the shape', async (t) => {
  const shape = new RegExp(`^${RATE_SHAPE}$`)
  const rate = fc.tuple(fc.integer({ min: 1, max: 9_999 }), fc.constantFrom('s', 'm', 'h'))
  fc.assert(
    fc.property(rate, ([amount, unit]) => {
      const text = `${amount}/${unit}`
      const perHour = parseRate(text) ?? 0
      return shape.test(text) && parseRate(formatRate(perHour)) === perHour
    }),
  )
  t.notOk(shape.test('00/s'))
})
