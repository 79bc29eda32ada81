import fc from 'fast-check'
import t from 'tap'
import { formatAddress, inetAddress } from '../../src/core/address.js'

t.test('an address is printed as people write it', (t) => {
  t.equal(formatAddress({ family: 4, host: '127.0.0.1', port: 80 }), '127.0.0.1:80')
  t.equal(formatAddress({ family: 6, host: '::1', port: 80 }), '[::1]:80')
  t.equal(formatAddress({ family: 'name', host: 'db1.example', port: 5432 }), 'db1.example:5432')
  t.equal(formatAddress({ family: 'unix', path: '/run/x.sock' }), 'unix:/run/x.sock')
  t.end()
})

t.test('an IP address has its family and its canonical text', (t) => {
  t.same(inetAddress('2001:DB8:0::1', 53), { family: 6, host: '2001:db8::1', port: 53 })
  t.same(inetAddress('::ffff:10.0.0.1', 53), { family: 4, host: '10.0.0.1', port: 53 })
  t.equal(inetAddress('localhost', 53), undefined)
  t.end()
})

t.test('what is printed names one address only: a URL reads host and port back', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (text, port) => {
      const address = inetAddress(text, port)
      if (!address) return false
      // a scheme without a default port, which a URL would drop
      const url = new URL(`tcp://${formatAddress(address)}`)
      const host = address.family === 6 ? `[${address.host}]` : address.host
      return url.hostname === host && url.port === String(port)
    }),
    { seed: 1 },
  )
  t.end()
})
