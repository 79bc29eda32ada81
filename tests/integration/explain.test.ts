import { once } from 'node:events'
import { createConnection } from 'node:net'
import t from 'tap'
import type { ExplainDocument } from '../../src/control/runtime-api/explain/document.js'
import { Daemon } from '../support/daemon.js'
import { startEchoServer } from '../support/tcp-server.js'

/** The server's name by the echo server's port that the session reached, as the list of sessions has it. */
async function serverOf(daemon: Daemon, port: number, client: string): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port, localAddress: client })
  socket.write('hello')
  await once(socket, 'data')
  const sessions = JSON.parse((await daemon.command('sessions', '--json')).stdout)
  socket.destroy()
  // the document of `show sess json`
  return sessions.find((session: { client: string }) => session.client.startsWith(`${client}:`)).server
}

for (const policy of ['source', 'maglev']) {
  t.test(`explain names the server that the client then gets: ${policy}`, async (t) => {
    const servers = await Promise.all([startEchoServer(), startEchoServer(), startEchoServer()])
    const listed = servers.map(({ port }, i) => `{ name = "s${i}", address = "127.0.0.1:${port}" }`).join(', ')
    const daemon = await Daemon.start(`
      [frontends.front]
      listen = "tcp://127.0.0.1:0"
      backend = "back"
      [backends.back]
      policy = "${policy}"
      servers = [${listed}]`)
    const port = await daemon.port('front')
    for (const drained of [undefined, 'back/s1']) {
      if (drained !== undefined) await daemon.command('drain', drained)
      for (const client of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']) {
        const answer = await daemon.command('explain', client, 'front', '--json')
        const { ways } = JSON.parse(answer.stdout) as ExplainDocument // what the command prints
        t.equal(ways[0]?.server, `back/${await serverOf(daemon, port, client)}`, `${client}, ${drained} drained`)
      }
    }
    await daemon.stop('SIGINT')
    await Promise.all(servers.map((server) => server.close()))
  })
}
