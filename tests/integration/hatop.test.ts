/** HATop, a terminal client written for HAProxy, unchanged against headgate's stats socket: its screens, keys and CLI. */
import t from 'tap'
import { Daemon } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { Screen } from '../support/terminal-screen.js'

const skip = skipWithout('hatop', 'tmux')

t.test('hatop shows, weighs, disables and enables servers, and its command line works', { skip }, async (t) => {
  const server = await startEchoServer()
  const daemon = await Daemon.start(`
    [frontends.front]
    listen = "tcp://127.0.0.1:0"
    backend = "back"
    max_sessions = 500
    [backends.back]
    check = { type = "tcp", interval = "200ms" }
    servers = [{ name = "s1", address = "127.0.0.1:${server.port}" }, { name = "s2", address = "127.0.0.1:1" }]
    [frontends.game]
    listen = "udp://127.0.0.1:0"
    backend = "match"
    [backends.match]
    servers = [{ name = "g1", address = "127.0.0.1:1" }]`)
  await daemon.logged(({ event, server }) => event === 'server-down' && server === 's2')
  const client = await TcpClient.connect(await daemon.port('front'))
  await client.echo('0123456789')
  const folder = temporaryFolder()
  const screen = await Screen.open(`${folder.path}/tmux`, { LC_ALL: 'C.UTF-8' }, 140, 30)
  t.teardown(async () => {
    await screen.close()
    await client.close()
    await daemon.stop()
    await server.close()
    folder.remove()
  })
  const weight = async (is: number) =>
    eventually(`the weight is ${is}`, async () => (await daemon.ask('get weight back/s1')).startsWith(`${is} `))

  await screen.type(`${program('hatop')} -s ${daemon.socket} -i 1`, 'Enter')
  const status = await screen.shows(/^s1 .*^s2 .*BACKEND .*FRONTEND /ms)
  t.comment(`\n${status}`)
  t.match(status, /headgate Version: \d+\.\d+\.\d+ .* PID: \d+/, 'the header')
  t.match(status, /Proxies: +4 +Services: +7/)
  t.match(status, /^s1 +100 UP +L4OK +1 +0 +0 +0 +1 +1 +0 +1 *$/m, 'one session now, at most, and in all')
  t.match(status, /^s2 +100 DOWN +L4CON /m)
  t.match(status, /^g1 +100 - +none /m, 'without a check')
  t.match(status, /^FRONTEND +0 OPEN .* 1 +1 +500 +1 *$/m)

  await screen.type('2')
  t.match(await screen.shows(/LBTOT/), /^s1 +100 UP +1 .* 10B +10B *$/m, 'traffic')
  await screen.type('3')
  await screen.shows(/4xx/)
  await screen.type('4')
  t.match(await screen.shows(/ECONN/), /^s2 +100 DOWN +L4CON +\d/m, 'errors')
  await screen.type('1')
  await screen.shows(/SMAX/)

  // the first line is the heading of the backend
  await screen.type('Home')
  await screen.type('Down')
  await screen.type('F8')
  await weight(110)
  await screen.shows(/^s1 +110 UP/m)
  await screen.type('F7')
  await weight(111)
  await screen.shows(/^s1 +111 UP/m)
  await screen.type('F6')
  await weight(110)
  await screen.shows(/^s1 +110 UP/m)
  await screen.type('F5')
  await weight(100)
  await screen.shows(/^s1 +100 UP/m)
  await screen.type('F4')
  await weight(100)
  await screen.type('F10')
  await screen.shows(/^s1 +100 MAINT/m)
  await screen.type('F9')
  await screen.shows(/^s1 +100 UP/m)
  await screen.type('F2')
  await screen.shows(/^s1 +100 MAINT/m)
  await screen.type('F1')
  await screen.shows(/^s1 +100 UP/m)

  await screen.type('5')
  await screen.shows(/haproxy command line/)
  await screen.type('-l', 'set weight back/s1 42; get weight back/s1; show backend; show stat nosuch 1 1')
  await screen.type('Enter')
  const cli = await screen.shows(/No such proxy/)
  t.match(cli, /42 \(initial 100\).*# name\s+(back\s+match|match\s+back)/s)
  await screen.type('-l', 'nosuch')
  await screen.type('Enter')
  await screen.shows(/quit +: disconnect/)
})
