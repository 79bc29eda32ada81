/** Bytes in a TOML string, there and back. */
import fc from 'fast-check'
import t from 'tap'
import { bytesText, parseBytes } from '../../src/config/schema/bytes.js'

t.test('any bytes come back from their text', async () =>
  fc.assert(fc.property(fc.uint8Array(), (bytes) => String(parseBytes(bytesText(bytes))) === String(bytes))),
)
