import fc from 'fast-check'
import t from 'tap'
import { CANCEL_WAYS, CLOSE_REASONS } from '../../src/core/reasons.js'
import { type CloseRecord, isoTime, sessionLine } from '../../src/core/session-line.js'

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,20}$/)
const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
const count = fc.integer({ min: 0, max: 2 ** 50 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

const record: fc.Arbitrary<CloseRecord> = fc
  .record({
    id: name,
    protocol: fc.constantFrom('tcp', 'udp'),
    frontend: name,
    backend: name,
    server: maybe(name),
    client: fc.oneof(
      fc.constant('[::1]:80'),
      fc.constant('10.0.0.1:4000'),
      fc.string().map((path) => `unix:${path}`),
    ),
    reason: fc.constantFrom(...CLOSE_REASONS),
    cancel: maybe(fc.constantFrom(...CANCEL_WAYS)),
    endedAt: fc.double({ min: 1e12, max: 4e12, noNaN: true }),
    durationMs: ms,
    waitMs: maybe(ms),
    connectMs: maybe(ms),
    retries: count,
    bytesIn: count,
    bytesOut: count,
    datagrams: maybe(count),
    detail: maybe(fc.constant('ECONNREFUSED')),
  })
  .map(({ datagrams, ...same }) => ({ ...same, datagramsIn: datagrams, datagramsOut: datagrams }))

t.test('is one line of JSON that says what the record says, whatever is in it', async (t) => {
  fc.assert(
    fc.property(record, (record) => {
      const line = sessionLine(record)
      const parsed = JSON.parse(line)
      return (
        line.indexOf('\n') === line.length - 1 &&
        parsed.event === 'session' &&
        parsed.client === record.client &&
        parsed.server === record.server &&
        parsed.bytes_in === record.bytesIn &&
        parsed.bytes_out === record.bytesOut &&
        parsed.datagrams_in === record.datagramsIn &&
        parsed.reason === record.reason &&
        parsed.cancel === record.cancel &&
        parsed.detail === record.detail &&
        Math.abs(parsed.duration_ms - record.durationMs) <= 0.001 &&
        Date.parse(parsed.time) === Math.floor(record.endedAt)
      )
    }),
  )
  t.pass()
})

t.test('writes times as Date does, in whatever order they come', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4e12 })), (times) =>
      times.every((time) => isoTime(time) === new Date(time).toISOString()),
    ),
  )
  t.pass()
})
