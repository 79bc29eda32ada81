import { execFile } from 'node:child_process'
import { promisify, stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { Daemon, MAIN } from '../../support/daemon.js'
import { skipWithout } from '../../support/installed-programs.js'
import { startEchoServer } from '../../support/tcp-server.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { Screen } from '../../support/terminal-screen.js'

const skip = skipWithout('tmux')

t.test('top in a terminal: drains, resizes, outlives the daemon, and gives the terminal back', { skip }, async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const server = await startEchoServer()
  t.teardown(() => server.close())
  const daemon = await Daemon.start(`
    [frontends.front]
    listen = "tcp://127.0.0.1:0"
    backend = "back"
    [backends.back]
    check = { type = "tcp", interval = "200ms" }
    servers = [{ name = "s1", address = "127.0.0.1:${server.port}" }, { name = "s2", address = "127.0.0.1:1" }]`)
  t.teardown(() => daemon.stop('SIGINT'))
  const env = { HEADGATE_SOCKET: daemon.socket, LC_ALL: 'C.UTF-8' }
  const screen = await Screen.open(`${folder.path}/tmux`, env)
  const top = async (...before: string[]) => {
    await screen.type([...before, process.execPath, MAIN, 'top'].join(' '), 'Enter')
    await screen.shows(/^> s1 +UP /m)
  }
  t.teardown(() => screen.close())
  await screen.type("PS1='shell> '; clear", 'Enter')
  await screen.shows(/^shell>$/m)
  await screen.type(`cd ${folder.path}; stty -g > before`, 'Enter')

  await top()
  const first = await screen.shows(/^ {2}s2 +DOWN .*fail .*×$/m)
  t.match(first, /^headgate \S+ is degraded: up /)
  t.match(first, /^back: round-robin, 1 of 2 serving, fed by front$/m)
  t.equal(first.split('\n').length, 25, 'the whole screen, the last line of the capture being empty')

  await screen.type('d')
  await screen.shows(/^Set back\/s1 from ready to drain\? y\/n$/m)
  await screen.type('y')
  await screen.shows(/^> s1 +DRAIN /m)
  await screen.shows(/^back\/s1: ready → drain\. Undo: headgate ready back\/s1$/m)
  t.match((await daemon.status()).backends[0]?.servers[0], { admin: 'drain' })
  await screen.type('r', 'y')
  await screen.shows(/^> s1 +UP /m)

  await screen.tmux('resize-window', '-x', '100', '-y', '10')
  const wide = await screen.shows(/^headgate .*pid \d+$/m)
  t.equal(
    wide.trimEnd().split('\n').at(-1),
    'back/s1: drain → ready. Undo: headgate drain back/s1',
    'the last line moved up',
  )

  await screen.type('q')
  const left = await screen.shows(/shell>$/m)
  t.notMatch(left, /d drain/, 'what top drew is gone')
  for (const [how, end] of [
    ['Ctrl-C', () => screen.type('C-c')],
    ['SIGTERM', () => screen.terminate()],
  ] as const) {
    await top()
    await end()
    await screen.shows(/shell>$/m)
    await screen.type(`clear; stty -g | cmp - before && tput cnorm && echo same after ${how}`, 'Enter')
    await screen.shows(new RegExp(`^same after ${how}$`, 'm'))
  }

  await top('NO_COLOR=1')
  const escaped = await screen.tmux('capture-pane', '-e', '-p')
  t.equal(stripVTControlCharacters(escaped), escaped, 'no colour')
  await daemon.stop('SIGINT')
  await screen.shows(/does not exist|nobody listens|closed without an answer/)
  await screen.type('q')
  await screen.shows(/shell>$/m)
})

t.test('top where there is no terminal says so', async (t) => {
  const { stderr, code } = await promisify(execFile)(process.execPath, [MAIN, 'top']).then(
    () => ({ stderr: '', code: 0 }),
    (error: { stderr: string; code: number }) => error,
  )
  t.equal(code, 2)
  t.equal(stderr, 'headgate: top needs a terminal; elsewhere: headgate status --json\n')
})
