import t from 'tap'
import type { RecentEvents } from '../../src/control/log/recent.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

function someEvents(events: RecentEvents): void {
  events.note('startup', 'headgate runs', {})
  events.note('server-down', 'be_pg/pg4 is down: refused', { backend: 'be_pg', server: 'pg4' })
  events.note('weight', 'be_pg/pg1: weight 1 to 2', { backend: 'be_pg', server: 'pg1' })
}

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`

t.test('events: the last ones, oldest first, or those of one server or backend', async (t) => {
  const { events, path, close } = await startHarness()
  const env = { HEADGATE_SOCKET: path }
  t.equal((await headgate(['events'], { env })).out, 'nothing happened yet\n')
  someEvents(events)
  const told = async (...args: string[]) =>
    (await headgate(['events', ...args], { env })).out.replaceAll(new RegExp(`^${TIME} `, 'gm'), '').split('\n')
  const [start, down, weight] = [
    'startup: headgate runs',
    'server-down: be_pg/pg4 is down: refused',
    'weight: be_pg/pg1: weight 1 to 2',
  ]
  t.same(await told(), [start, down, weight, ''])
  t.same(await told('-n', '1'), [weight, ''])
  t.same(await told('be_pg'), [down, weight, ''])
  t.same(await told('be_pg/pg4', '--last', '5'), [down, ''])
  t.same(await told('be_gp/pg4'), ['no event of be_gp/pg4 is remembered', ''])
  t.same(await told('-n', '0'), [''], 'none are wanted')
  const json = JSON.parse((await headgate(['events', '--json'], { env })).out)
  t.match(json, [{ number: 1 }, { event: 'server-down', fields: { server: 'pg4' } }, { number: 3 }])
  await close()
})

t.test('events --follow goes on with what happens, and ends with the daemon', async (t) => {
  const { events, path, close } = await startHarness()
  someEvents(events)
  const watch = (text: string) => {
    if (text.includes('weight 1 to 2')) events.note('server-up', 'be_pg/pg4 is up', { backend: 'be_pg', server: 'pg4' })
    if (text.includes('is up')) void close()
  }
  const { code, out, err } = await headgate(['events', '-f', '-n', '2', '--socket', path], { watch })
  t.match(out, new RegExp(`^${TIME} server-down: .*\n${TIME} weight: .*\n${TIME} server-up: be_pg/pg4 is up\n$`))
  t.match({ code, err }, { code: 3, err: 'headgate: headgate ended\n' })
})

t.test('events --follow --json: one document a line', async (t) => {
  const { events, path, close } = await startHarness()
  someEvents(events)
  const watch = (text: string) => {
    if (text.includes('startup')) setImmediate(() => void close())
  }
  const { out } = await headgate(['events', '-f', '--json', '--socket', path], { watch })
  t.same(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).number),
    [1, 2, 3],
  )
})

t.test('events on a terminal: within its width, coloured, and harmless', async (t) => {
  const { events, path, close } = await startHarness()
  events.note('server-down', `evil\x1b[2J ${'word '.repeat(40)}`, {})
  const plain = await headgate(['events', '--socket', path], { columns: 80, env: { NO_COLOR: '1' } })
  t.same(
    plain.out.split('\n').filter((line) => line.length > 80),
    [],
  )
  t.notOk(plain.out.includes('\x1b'))
  t.ok(
    (await headgate(['events', '--socket', path], { columns: 80 })).out.includes(
      '\x1b[33mserver-down\x1b[0m: evil?[2J',
    ),
  )
  await close()
})

t.test('no daemon to follow: said as always', async (t) => {
  t.match(await headgate(['events', '-f', '--socket', '/nonexistent/h.sock']), { code: 3, err: /does not exist/ })
})
