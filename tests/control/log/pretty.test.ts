import t from 'tap'
import { prettyLine } from '../../../src/control/log/pretty.js'
import { memoryLog } from './memory-log.js'

const json = (line: object) => `${JSON.stringify(line)}\n`
const time = new Date(2026, 10, 21, 9, 5, 7, 42).toISOString()

t.test('time of day, level, event and the words', (t) => {
  const line = json({ level: 'warn', time, event: 'server-down', backend: 'db', msg: 'db/r1 is down: refused' })
  t.match(prettyLine(line, false), /^09:05:07\.042 warn {2}server-down +db\/r1 is down: refused\n$/)
  const dressed = prettyLine(line, true).replaceAll('\x1b', 'ESC').replace(/ +/g, ' ')
  t.equal(dressed, 'ESC[2m09:05:07.042ESC[0m ESC[33mwarn ESC[0m ESC[1mserver-down ESC[0m db/r1 is down: refused\n')
  t.end()
})

t.test('a session has no words: its fields, quoted where need be', (t) => {
  const line = json({ level: 'info', time, event: 'session', client: '10.0.0.9:1', bytes_in: 3, detail: 'a "b"' })
  t.match(
    prettyLine(line, false),
    /^09:05:07\.042 info {2}session +client=10\.0\.0\.9:1 bytes_in=3 detail="a \\"b\\""\n$/,
  )
  t.end()
})

t.test('no control character reaches the terminal', (t) => {
  const line = json({ level: 'error', time, event: 'failure', msg: 'a\x1b[2Jb\nc' })
  t.match(prettyLine(line, false), 'a\\x1b[2Jb\\x0ac\n')
  t.end()
})

t.test('a stack follows its line', (t) => {
  const line = json({ level: 'error', time, event: 'failure', msg: 'm', stack: 'Error: m\n    at x' })
  t.match(prettyLine(line, false), /failure +m\nError: m\n {4}at x\n$/)
  t.end()
})

t.test('the format decides; a file is no terminal', (t) => {
  const pretty = memoryLog(t, { format: 'pretty' })
  pretty.log.configWarning('hm')
  t.match(pretty.text(), /^\d\d:\d\d:\d\d\.\d{3} warn {2}config-warning +hm\n$/)
  const auto = memoryLog(t, { format: 'auto' })
  auto.log.configWarning('hm')
  t.match(auto.lines(), [{ event: 'config-warning' }])
  t.end()
})
