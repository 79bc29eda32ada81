/** How the daemon ends. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { Daemon, type LogLine } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { freePort } from '../support/free-port.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const config = (port: number, listen = 0) => `
[frontends.echo]
listen = "tcp://127.0.0.1:${listen}"
backend = "echo"

[backends.echo]
servers = [{ name = "s1", address = "127.0.0.1:${port}" }]
`

const event = (name: string) => (line: LogLine) => line.event === name

for (const engine of ENGINES) {
  t.test(`${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
    const server = await startEchoServer()
    t.teardown(server.close)
    const start = (stopTimeout: string, listen?: number) =>
      Daemon.start(config(server.port, listen), { runtime: `engine = "${engine}"\nstop_timeout = "${stopTimeout}"` })

    await t.test('SIGTERM waits for sessions, and takes no new ones', async (t) => {
      const daemon = await start('20s')
      const port = await daemon.port('echo')
      const client = await TcpClient.connect(port)
      t.equal(await client.echo('before'), 'before')

      daemon.program.kill('SIGTERM')
      t.match(await daemon.logged(event('stopping')), { sessions: 1 })
      t.equal(await client.echo('during'), 'during', 'the session goes on')
      t.equal(await (await TcpClient.connect(port)).ended, 'ECONNREFUSED', 'a new one is refused')
      await client.close()
      t.match(await daemon.logged(event('stopped')), { count: 0 })
      t.match(await daemon.program.exited, { code: 0, signal: null })
    })

    await t.test('while it waits for sessions, a server that moves opens no port again', async (t) => {
      const other = await startEchoServer()
      t.teardown(other.close)
      const port = await freePort()
      const daemon = await start('20s', port)
      const client = await TcpClient.connect(port)
      await client.echo('before')
      daemon.program.kill('SIGTERM')
      await daemon.logged(event('stopping'))
      const change = `set server echo/s1 addr 127.0.0.1 port ${other.port}`
      t.match(await daemon.ask(change), `port changed from '${server.port}' to '${other.port}'`)
      t.equal(await (await TcpClient.connect(port)).ended, 'ECONNREFUSED', 'a new one is still refused')
      await daemon.ask(`add server echo/s2 127.0.0.1:${other.port}`)
      t.equal(await (await TcpClient.connect(port)).ended, 'ECONNREFUSED')
      t.equal(await client.echo('during'), 'during')
      await client.close()
      t.match(await daemon.program.exited, { code: 0, signal: null })
    })

    await t.test('who waits on the stats socket holds up no stop', async (t) => {
      const daemon = await start('20s')
      const waiting = connect(daemon.socket)
      t.teardown(() => waiting.destroy())
      // the answer to the first comes when the second is under way
      waiting.write('show version;wait 1h\n')
      await once(waiting, 'data')
      t.match(await daemon.stop('SIGTERM', 5_000), { code: 0, signal: null })
    })

    await t.test('at the deadline it cuts what is left, and says how many', async (t) => {
      const daemon = await start('300ms')
      const port = await daemon.port('echo')
      const clients = [await TcpClient.connect(port), await TcpClient.connect(port)]
      for (const client of clients) await client.echo('hello')

      daemon.program.kill('SIGTERM')
      t.match(await daemon.logged(event('stopped')), { count: 2 })
      t.match(await daemon.program.exited, { code: 0, signal: null })
      for (const client of clients) t.equal(await client.ended, 'ECONNRESET', 'cut, not ended in order')
      const records = daemon.log.filter(({ reason }) => reason === 'stopped')
      t.equal(records.length, 2, 'each has its line in the session log')
    })

    for (const [first, second] of [
      ['SIGTERM', 'SIGTERM'],
      ['SIGTERM', 'SIGINT'],
    ] as const) {
      await t.test(`${second} after ${first} stops at once`, async (t) => {
        const daemon = await start('1h')
        const client = await TcpClient.connect(await daemon.port('echo'))
        await client.echo('hello')
        daemon.program.kill(first)
        await daemon.logged(event('stopping'))
        daemon.program.kill(second)
        t.match(await daemon.logged(event('stopped')), { count: 1 })
        t.match(await daemon.program.exited, { code: 0, signal: null })
      })
    }

    await t.test('when it is killed, no child of it goes on taking connections', async (t) => {
      const daemon = await start('1h')
      const port = await daemon.port('echo')
      await daemon.stop('SIGKILL')
      await eventually('nobody listens', async () => {
        const client = await TcpClient.connect(port)
        await Promise.race([client.close(), client.ended])
        return (await client.ended) === 'ECONNREFUSED'
      })
      t.pass('nobody listens')
    })
  })
}
