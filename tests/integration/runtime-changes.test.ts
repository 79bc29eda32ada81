/** Servers that come and go, addresses, limits and frontends, changed under a running daemon with sessions alive. */
import t from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

for (const engine of ENGINES) {
  t.test(engine, { skip: skipEngine(engine) }, async (t) => {
    const first = await startEchoServer()
    const second = await startEchoServer()
    const daemon = await Daemon.start(
      `[frontends.front]
       listen = "tcp://127.0.0.1:0"
       backend = "back"
       [backends.back]
       check = { type = "tcp", interval = "50ms" }
       servers = [{ name = "one", address = "127.0.0.1:${first.port}" }]`,
      { runtime: `engine = "${engine}"` },
    )
    const port = await daemon.port('front')
    t.teardown(async () => {
      await daemon.stop('SIGINT')
      await Promise.all([first.close(), second.close()])
    })

    /** Which servers the sessions of now have, by name. */
    const servers = async () => {
      const { stdout } = await daemon.command('sessions', '--json')
      const sessions: readonly { server: string }[] = JSON.parse(stdout) // what the command prints
      return sessions.map(({ server }) => server).sort()
    }

    await t.test('an added server takes the very next sessions, and is checked', async (t) => {
      const added = await daemon.command('add', 'back/two', `127.0.0.1:${second.port}`)
      t.equal(added.code, 0)
      t.match(added.stdout, /back\/two: added at .*, weight 100, ready\. Undo: headgate remove back\/two/)
      const clients = [await TcpClient.connect(port), await TcpClient.connect(port)]
      for (const client of clients) t.equal(await client.echo('hello'), 'hello')
      t.same(await servers(), ['one', 'two'])
      await second.close()
      await daemon.logged(({ event, server }) => event === 'server-down' && server === 'two')
      for (const client of clients) await client.close()
      await eventually('both sessions have ended', async () => t.same(await servers(), []))
    })

    await t.test('remove waits for the last session, and then nobody knows the server', async (t) => {
      await daemon.ask(`set server back/two addr 127.0.0.1 port ${first.port}`)
      await daemon.logged(({ event, server }) => event === 'server-up' && server === 'two')
      const clients = [await TcpClient.connect(port), await TcpClient.connect(port)]
      for (const client of clients) await client.echo('hello')
      t.same(await servers(), ['one', 'two'], 'by the new address it works')
      const early = await daemon.command('remove', 'back/two', '--timeout', '50ms')
      t.equal(early.code, 4)
      t.match(early.stderr, /1 session left after .*; still in drain, not removed/)
      for (const client of clients) t.equal(await client.echo('still'), 'still')
      const removing = daemon.command('remove', 'back/two')
      for (const client of clients) await client.close()
      t.match((await removing).stdout, /back\/two: removed after .* Undo: headgate add back\/two \S+ --weight \d+\n$/)
      t.match(await daemon.ask('show server back/two'), /No such server/)
      t.equal((await daemon.status()).backends[0]?.servers.length, 1)
    })

    await t.test('a removed server with --kill has its sessions reset', async (t) => {
      await daemon.command('add', 'back/three', `127.0.0.1:${first.port}`, '--weight', '256')
      await daemon.command('drain', 'back/one')
      const client = await TcpClient.connect(port)
      await client.echo('hello')
      t.same(await servers(), ['three'])
      const removed = await daemon.command('remove', 'back/three', '--kill', '--json')
      t.match(JSON.parse(removed.stdout), { removed: true, killed: 1 })
      t.equal(await client.ended, 'ECONNRESET')
      await daemon.command('ready', 'back/one')
    })

    await t.test('a limit holds from the next connection on', async (t) => {
      const held = await TcpClient.connect(port)
      await held.echo('hello')
      await daemon.ask('set maxconn frontend front 1')
      const refused = await TcpClient.connect(port)
      t.equal(await refused.ended, 'ECONNRESET')
      await daemon.ask('set maxconn frontend front 0')
      const taken = await TcpClient.connect(port)
      t.equal(await taken.echo('hello'), 'hello')
      await Promise.all([held.close(), taken.close()])
    })

    await t.test('a disabled frontend refuses connections and keeps its sessions', async (t) => {
      const held = await TcpClient.connect(port)
      await held.echo('hello')
      await daemon.ask('disable frontend front')
      t.equal(await (await TcpClient.connect(port)).ended, 'ECONNREFUSED')
      t.equal(await held.echo('still'), 'still')
      await daemon.ask('enable frontend front')
      const again = await daemon.port('front')
      const taken = await TcpClient.connect(again)
      t.equal(await taken.echo('hello'), 'hello')
      await Promise.all([held.close(), taken.close()])
    })
  })
}
