import t from 'tap'
import { History } from '../../../src/cli/top/history.js'
import { type Effect, pressed } from '../../../src/cli/top/keys.js'
import { initialState, type TopState, withDocument } from '../../../src/cli/top/state.js'
import { document, server } from './documents.js'

const START = withDocument(
  initialState(new History()),
  document(1, [server('a/1'), server('a/2'), server('b/1', { live: 3 })]),
)

/** The state after these keys, and all that they led to. */
function after(keys: string, state: TopState = START): { state: TopState; effects: Effect[] } {
  const effects: Effect[] = []
  let now = state
  for (const key of keys.split(' ')) {
    const outcome = pressed(now, key)
    now = outcome.state
    if (outcome.effect) effects.push(outcome.effect)
  }
  return { state: now, effects }
}

t.test('the first server is chosen; keys move up and down, and stop at the ends', async (t) => {
  t.equal(START.chosen, 'a/1')
  const chosen = { down: 'a/2', j: 'a/2', 'down down down down': 'b/1', 'end up': 'a/2', 'end home': 'a/1', k: 'a/1' }
  for (const [keys, path] of Object.entries(chosen)) t.equal(after(keys).state.chosen, path, keys)
  for (const [keys, path] of Object.entries({ pagedown: 'b/1', 'pagedown pageup': 'a/1' }))
    t.equal(after(keys).state.chosen, path, keys)
})

t.test('a change happens after y, and after nothing else', async (t) => {
  const states = { d: 'drain', r: 'ready', m: 'maint' } as const
  for (const [key, state] of Object.entries(states)) {
    t.same(after(`down ${key} y`).effects, [{ do: 'change', path: 'a/2', action: { do: 'state', state } }], key)
  }
  for (const other of ['n', 'escape', 'return', 'd', 'q', 'space', 'Y']) {
    const { state, effects } = after(`d ${other}`)
    t.same(effects, [], other)
    t.match(state, { mode: { is: 'list' }, message: { text: 'nothing changed' } })
  }
})

t.test('a weight is typed, entered and confirmed', async (t) => {
  const change = (weight: string) => [{ do: 'change', path: 'a/1', action: { do: 'weight', weight } }]
  t.same(after('w 5 0 % return y').effects, change('50%'))
  t.same(after('w 9 backspace 1 x 2 enter y').effects, change('12'))
  t.same(after('w 1 escape y').effects, [])
  t.match(after('w return').state, { mode: { is: 'list' }, message: { text: '"" is no weight', isBad: true } })
  t.match(after('w % 5 return').state.message, { text: '"%5" is no weight' })
})

t.test('the server that was asked about is changed, also when the list moved meanwhile', async (t) => {
  const { state } = after('d')
  const later = withDocument(state, document(2, [server('new/0'), server('a/1')]))
  t.match(after('y', later).effects, [{ path: 'a/1' }])
})

t.test('help, pause and the ways out', async (t) => {
  t.equal(after('?').state.mode.is, 'help')
  t.equal(after('? x').state.mode.is, 'list')
  t.equal(after('space').state.isPaused, true)
  t.equal(after('space space').state.isPaused, false)
  for (const keys of ['q', 'ctrl-c', '? q', 'd ctrl-c', 'w ctrl-c']) t.same(after(keys).effects, [{ do: 'quit' }], keys)
  t.same(after('ctrl-z').effects, [{ do: 'suspend' }])
})

t.test('a chosen server that is gone hands over to the first', async (t) => {
  const { state } = after('end')
  t.equal(withDocument(state, document(2, [server('a/1')])).chosen, 'a/1')
  t.equal(withDocument(state, document(2, [])).chosen, undefined)
  t.same(after('d w down', withDocument(START, document(2, []))).effects, [])
})
