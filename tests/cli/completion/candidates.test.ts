import t from 'tap'
import { startHarness } from '../../control/runtime-api/harness.js'
import { headgate } from '../terminal.js'

/** The words that a command line may go on with, its last word being the one that is typed. */
async function wordsFor(line: string, socket = '/nonexistent/h.sock'): Promise<string[]> {
  const { code, out, err } = await headgate(['candidates', '--', ...line.split(' ')], {
    env: { HEADGATE_SOCKET: socket },
  })
  t.same({ code, err }, { code: 0, err: '' }, `${line}: silent`)
  return out
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => one.split('\t')[0] ?? '')
}

t.test('commands, options and choices come from the commands themselves', async (t) => {
  const all = await wordsFor('')
  for (const command of ['run', 'drain', 'why', 'top', 'help']) t.ok(all.includes(command), command)
  t.notOk(all.includes('candidates'), 'what is not for people is not offered')
  const cases = {
    ex: ['explain'],
    'drain --t': ['--timeout'],
    'drain a/b --timeout 5s --k': ['--kill'],
    'sessions --sort ': ['age', 'idle', 'bytes'],
    'sessions --sort i': ['idle'],
    'completion ': ['bash', 'zsh', 'fish'],
    'drain --timeout ': [],
    'nonsense ': [],
    'status ': [],
  }
  for (const [line, expected] of Object.entries(cases)) t.same(await wordsFor(line), expected, line)
  t.notOk((await wordsFor('drain --wait --')).includes('--wait'), 'what is there already is not offered again')
})

t.test('names come from the running daemon', async (t) => {
  const { path, close } = await startHarness()
  const cases = {
    'drain be_pg/': ['be_pg/pg1', 'be_pg/pg2', 'be_pg/pg3', 'be_pg/pg4'],
    'weight --json be_pg/pg1': ['be_pg/pg1'],
    'kill be_src/': ['be_src/s1', 'be_src/s2'],
    'sessions --server be_nochk/': ['be_nochk/n1', 'be_nochk/n2'],
    'sessions --backend be_s': ['be_src', 'be_static'],
    'sessions --frontend ': ['fe_pg'],
    'explain 192.0.2.7 ': ['fe_pg'],
    'servers be_n': ['be_nochk'],
    'split fe_pg be_p': ['be_pg='],
    'split fe_pg be_pg=90 be_s': ['be_src=', 'be_static='],
    'events be_s': ['be_src/s1', 'be_src/s2', 'be_static/st1', 'be_static/st2', 'be_src', 'be_static'],
  }
  for (const [line, expected] of Object.entries(cases)) t.same(await wordsFor(line, path), expected, line)
  t.same(await wordsFor(`drain --socket ${path} be_src/`), ['be_src/s1', 'be_src/s2'], '--socket is heeded')
  await close()
})

t.test('without a daemon there are no names, and no word about it', async (t) => {
  t.same(await wordsFor('drain '), [])
  t.same(await wordsFor('sessions --backend '), [])
})

t.test('files are left to the shell', async (t) => {
  for (const line of ['run -c ', 'check --config x', 'status --socket ']) t.same(await wordsFor(line), [':files'], line)
})
