import fc from 'fast-check'
import t from 'tap'
import { DURATION_SHAPE, formatDuration, parseDuration } from '../../src/core/duration.js'

t.test('reads whole numbers with units, largest first', async (t) => {
  t.equal(parseDuration('500ms'), 500)
  t.equal(parseDuration('2s'), 2_000)
  t.equal(parseDuration('1m30s'), 90_000)
  t.equal(parseDuration('1h'), 3_600_000)
  t.equal(parseDuration('2d'), 172_800_000)
  t.equal(parseDuration('1d2h3m4s5ms'), 93_784_005)
  t.equal(parseDuration('5m5ms'), 300_005, 'm and ms are told apart')
  t.equal(parseDuration('90s'), 90_000, 'a unit may hold more than the next larger one')
  t.equal(parseDuration('0s'), 0)
  t.equal(parseDuration('007s'), 7_000)
})

t.test('refuses everything else', async (t) => {
  const bad = [
    '',
    '5',
    's',
    '5 s',
    ' 5s',
    '5s ',
    '1.5s',
    '-5s',
    '+5s',
    '5S',
    '1s1m',
    '1s1s',
    '5us',
    '1w',
    '1e3s',
    '٣s',
    '5s\n',
  ]
  for (const text of bad) t.equal(parseDuration(text), undefined, JSON.stringify(text))
  t.equal(parseDuration('999999999999999d'), undefined, 'too big to count in milliseconds')
  t.equal(parseDuration('9'.repeat(500)), undefined)
})

t.test('prints the shortest text', async (t) => {
  t.equal(formatDuration(0), '0s')
  t.equal(formatDuration(1), '1ms')
  t.equal(formatDuration(90_000), '1m30s')
  t.equal(formatDuration(86_400_000), '1d')
  t.equal(formatDuration(93_784_005), '1d2h3m4s5ms')
})

t.test('what is printed reads back', async () => {
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => parseDuration(formatDuration(ms)) === ms))
})

t.test('its regular expression takes the same texts', async () => {
  const shape = new RegExp(`^${DURATION_SHAPE}$`)
  const amount = fc
    .tuple(fc.nat({ max: 99 }), fc.constantFrom('d', 'h', 'm', 's', 'ms', ''))
    .map((parts) => parts.join(''))
  const texts = fc.array(amount, { maxLength: 4 }).map((parts) => parts.join(''))
  fc.assert(fc.property(texts, (text) => shape.test(text) === (parseDuration(text) !== undefined)))
})
