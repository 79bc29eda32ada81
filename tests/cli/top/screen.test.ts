import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { painter } from '../../../src/cli/format/colour.js'
import { History } from '../../../src/cli/top/history.js'
import { screenLines } from '../../../src/cli/top/screen.js'
import { barsFor } from '../../../src/cli/top/sparkline.js'
import { initialState, type TopState, withDocument } from '../../../src/cli/top/state.js'
import { document, server } from './documents.js'

const PLAIN = { paint: painter(false), bars: barsFor({ LANG: 'C.UTF-8' }) }
const SIZE = { columns: 80, rows: 14 }

/** Nine seconds of three servers: r1 gets busier, r2 is drained, r3 went down at the fifth. */
function busy(): TopState {
  const history = new History()
  let state = initialState(history)
  for (let second = 0; second < 9; second++) {
    const isDown = second >= 5
    const servers = [
      server('replicas/r1', {
        live: second * 12,
        total: second ** 2 * 3,
        bytes: second ** 2 * 400_000,
        connectMs: second ** 2,
        probeMs: 0.4 + second / 10,
      }),
      server('replicas/r2', { live: 14, total: 900, status: 'DRAIN', admin: 'drain', weight: 50, probeMs: 0.8 }),
      server('replicas/r3', {
        total: 100,
        status: isDown ? 'DOWN' : 'UP',
        probeMs: 0.5,
        ...(isDown && { down: true }),
      }),
      server('match/game-server-1', { live: 123_456, status: 'no check' }),
    ]
    const status = document(second, servers)
    history.add(status)
    state = withDocument(state, status)
  }
  return state
}

const GOLDEN = `headgate 0.1.0 is degraded: up 8s, linux engine, 4 workers, pid 4711
123566 sessions  45 new/s ▁▂▃▄▅▆▇█  in 1.5M/s ▁▂▃▄▅▆▇█  out 4.5M/s ▁▂▃▄▅▆▇█
  frontend postgres: 2 of 3 servers of replicas take new sessions; replicas/r3 …

  SERVER        STATE      WT  LIVE NEW/S        BYTES  CONN        PROBE
replicas: least-conn, 1 of 3 serving, fed by postgres
> r1            UP        100    96    45 ▃▄▅▆▇█  6.0M 0.3ms ▃▃▃▃▃▃ 1.2ms ▂▂▂▂▂▂
  r2            DRAIN     50*    14     0 ▁▁▁▁▁▁     0     -        0.8ms ▂▂▂▂▂▂
  r3            DOWN      100     0     0 ▁▁▁▁▁▁     0     -         fail ▁▁××××
match: least-conn, 1 of 1 serving, fed by postgres
  game-server-1 no check  100  123k     0 ▁▁▁▁▁▁     0     -            -


d drain  r ready  m maint  w weight  space pause  ? help  q quit`

t.test('the screen at 80 columns', async (t) => {
  const lines = screenLines(busy(), { ...SIZE, ...PLAIN })
  t.equal(lines.map((line) => line.trimEnd()).join('\n'), GOLDEN)
})

t.test('colour changes no character', async (t) => {
  const plain = screenLines(busy(), { ...SIZE, ...PLAIN })
  const coloured = screenLines(busy(), { ...SIZE, ...PLAIN, paint: painter(true) })
  t.not(coloured.join('\n'), plain.join('\n'))
  t.same(coloured.map(stripVTControlCharacters), plain)
})

t.test('as many lines as rows, none wider than the screen, at any size and in every mode', async (t) => {
  const list = busy()
  const path = 'replicas/r1'
  const states: TopState[] = [
    list,
    { ...list, mode: { is: 'help' } },
    { ...list, mode: { is: 'weight', path, text: '50%' } },
    { ...list, mode: { is: 'confirm', path, action: { do: 'state', state: 'drain' } } },
    { ...list, message: { text: 'x'.repeat(300), isBad: true } },
    { ...list, isPaused: true },
    initialState(new History()),
  ]
  const wrong: string[] = []
  for (const columns of [1, 20, 60, 61, 72, 79, 80, 81, 100, 132, 250]) {
    for (const rows of [1, 7, 8, 9, 24, 60]) {
      for (const [i, state] of states.entries()) {
        const lines = screenLines(state, { columns, rows, ...PLAIN })
        const widest = Math.max(...lines.map(({ length }) => length))
        if (lines.length !== rows || widest > columns)
          wrong.push(`state ${i} at ${columns}x${rows}: ${lines.length} lines, ${widest} wide`)
      }
    }
  }
  t.same(wrong, [])
})

t.test('the chosen server is on the screen, however many there are', async (t) => {
  const servers = Array.from({ length: 200 }, (_, i) => server(`many/s${i}`))
  const state = withDocument(initialState(new History()), document(1, servers))
  for (const i of [0, 1, 7, 100, 198, 199]) {
    const lines = screenLines({ ...state, chosen: `many/s${i}` }, { ...SIZE, ...PLAIN })
    t.equal(lines.filter((line) => line.startsWith(`> s${i} `)).length, 1, `s${i}`)
  }
})

t.test('the last line asks, and says what a change would do', async (t) => {
  const state = busy()
  const foot = (more: Partial<TopState>) => screenLines({ ...state, ...more }, { ...SIZE, ...PLAIN }).at(-1)
  const path = 'replicas/r1'
  t.equal(
    foot({ mode: { is: 'confirm', path, action: { do: 'state', state: 'drain' } } }),
    'Set replicas/r1 from ready to drain? 96 sessions of it will go on. y/n',
  )
  t.equal(
    foot({ mode: { is: 'confirm', path, action: { do: 'weight', weight: '50%' } } }),
    'Set the weight of replicas/r1 from 100 to 50%? y/n',
  )
  t.match(foot({ mode: { is: 'weight', path, text: '12' } }), /^Weight of replicas\/r1, .*: 12_$/)
  t.equal(foot({ message: { text: 'done', isBad: false } }), 'done')
})
