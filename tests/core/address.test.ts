import fc from 'fast-check'
import t from 'tap'
import {
  formatAddress,
  inetAddress,
  isLoopback,
  type Parsed,
  parseBindAddress,
  parseListenAddress,
  parseServerAddress,
  parseUnixAddress,
} from '../../src/core/address.js'

const unreachable = (host: string): never => {
  throw new Error(host)
}
const readingOf = <T>(parsed: Parsed<T>) => (parsed.ok ? parsed.value : parsed.expected)
const server = (text: string) => readingOf(parseServerAddress(text))
const listen = (text: string) => readingOf(parseListenAddress(text))

t.test('server addresses', async (t) => {
  t.same(server('10.0.0.11:5432'), { family: 4, host: '10.0.0.11', port: 5432 })
  t.same(server('[2001:DB8::0:1]:1'), { family: 6, host: '2001:db8::1', port: 1 }, 'IPv6 in canonical text')
  t.same(server('[::ffff:10.0.0.1]:80'), { family: 4, host: '10.0.0.1', port: 80 }, 'an IPv4-mapped one is IPv4')
  t.same(server('db-1.my_net.example:65535'), { family: 'name', host: 'db-1.my_net.example', port: 65535 })
  t.same(server('unix:/run/db.sock'), { family: 'unix', path: '/run/db.sock' })
  t.same(server('unix:///run/db.sock'), { family: 'unix', path: '/run/db.sock' }, 'also as a URL')
})

t.test('what is wrong with a server address is said', async (t) => {
  t.match(server('10.0.0.1'), /a port behind the address/)
  t.match(server('db:0'), /a port from 1 to 65535/)
  t.match(server('db:70000'), /a port from 1 to 65535/)
  t.match(server('db:080'), /a port from 1/)
  t.match(server('db:8o'), /a port from 1/)
  t.match(server('::1:80'), /in brackets/)
  t.match(server('[::1]'), /a port behind the address/)
  t.match(server('[::1]80'), /in brackets, with a port/)
  t.match(server('[::g]:80'), /an IPv6 address in the brackets/)
  t.match(server('10.0.0.256:80'), /four numbers from 0 to 255/, 'is no host name')
  t.match(server('10.1:80'), /four numbers/)
  t.match(server('tcp://10.0.0.1:80'), /without a scheme/)
  t.match(server(`${'a'.repeat(64)}.example:80`), /a host name of letters/)
  t.match(server(`${'a.'.repeat(127)}b:80`), /a host name of letters/)
  t.match(server('unix:run/x'), /an absolute path/)
  t.match(server('unix://run/x'), /an absolute path/)
  t.match(server('unix:/a\0b'), /an absolute path/)
  t.match(server(`unix:/${'é'.repeat(54)}`), /at most 107 bytes/, 'bytes are counted, not characters')
  t.same(server(`unix:/${'é'.repeat(53)}`), { family: 'unix', path: `/${'é'.repeat(53)}` })
})

t.test('listening addresses', async (t) => {
  t.same(listen('tcp://0.0.0.0:5432'), { protocol: 'tcp', address: { family: 4, host: '0.0.0.0', port: 5432 } })
  t.same(listen('udp://[::]:53'), { protocol: 'udp', address: { family: 6, host: '::', port: 53 } })
  t.same(listen('tcp://*:80'), { protocol: 'tcp', address: { family: 4, host: '0.0.0.0', port: 80 } })
  t.same(
    listen('tcp://127.0.0.1:0'),
    { protocol: 'tcp', address: { family: 4, host: '127.0.0.1', port: 0 } },
    'any port',
  )
  t.same(listen('unix:/run/x'), { protocol: 'tcp', address: { family: 'unix', path: '/run/x' } })
  t.match(listen('0.0.0.0:80'), /tcp:\/\/, udp:\/\/ or unix: in front/)
  t.match(listen('tcp://localhost:80'), /an IP address of this machine/)
  t.match(listen('tcp://80'), /an address in front of the port/)
  t.match(listen('tcp://:80'), /an address in front of the port/)
})

t.test('loopback is 127.0.0.0/8 and ::1', async (t) => {
  const loopback = (host: string) => isLoopback(inetAddress(host, 0) ?? unreachable(host))
  t.ok(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].every(loopback))
  t.notOk(['0.0.0.0', '10.0.0.127', '::', '::2'].some(loopback))
})

const ip = fc.oneof(fc.ipV4(), fc.ipV6())
const port = fc.integer({ min: 1, max: 65_535 })
const hostPort = fc
  .tuple(ip, port)
  .map(([host, port]) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
const named = fc.tuple(fc.domain(), port).map(([host, port]) => `${host}:${port}`)
const path = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => `unix:/${text}`)

t.test('what is printed reads back', async () => {
  fc.assert(
    fc.property(fc.oneof(hostPort, named, path, fc.string()), (text) => {
      const parsed = parseServerAddress(text)
      if (!parsed.ok) return
      t.same(parseServerAddress(formatAddress(parsed.value)), parsed)
    }),
  )
})

t.test('every IP address and port is taken', async () => {
  fc.assert(fc.property(hostPort, (text) => parseServerAddress(text).ok && parseBindAddress(text).ok))
})

t.test('words for what was expected never repeat the text', async () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12, maxLength: 30 }), (text) => {
      for (const parsed of [parseServerAddress(text), parseListenAddress(text), parseUnixAddress(`unix:${text}`)]) {
        if (!parsed.ok && parsed.expected.includes(text)) return false
      }
      return true
    }),
  )
})
