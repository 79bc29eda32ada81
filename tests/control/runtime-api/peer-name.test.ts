import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { peerAsker, peerName } from '../../../src/control/runtime-api/wire/peer-name.js'
import { userName } from '../../../src/control/runtime-api/wire/user-name.js'
import { temporaryFolder } from '../../support/temporary-folder.js'

const { uid, username } = userInfo()
const onLinux = process.platform === 'linux' ? {} : { skip: 'only Linux tells who the peer is' }

async function serving(path: string | undefined) {
  const server: Server = createServer({ allowHalfOpen: true })
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(path, resolve),
  )
  const next = async () => {
    const [socket] = (await once(server, 'connection')) as [Socket] // node's own signature of the event
    return socket.on('error', () => {})
  }
  return { server, next }
}

t.test('a client on a unix socket is named by user and process', onLinux, async (t) => {
  const folder = temporaryFolder()
  const at = { family: 'unix', path: join(folder.path, 's') } as const
  const { server, next } = await serving(at.path)
  const arrival = next()
  const child = execFile(process.execPath, [
    '-e',
    `require('net').connect(${JSON.stringify(at.path)}).on('error', () => {}).resume()`,
  ])
  const socket = await arrival
  const name = peerName(socket, at, await peerAsker())
  t.ok(name.startsWith(`runtime-api ${username} (uid ${uid}, pid ${child.pid}`), name)
  t.equal(
    peerName(socket, at, () => ({ uid: 4_000_000_000, pid: 0 })),
    'runtime-api uid 4000000000',
  )
  t.equal(
    peerName(socket, at, () => ({ uid, pid: 0 })),
    `runtime-api ${username} (uid ${uid})`,
  )
  t.equal(
    peerName(socket, at, () => undefined),
    'runtime-api unix',
    'where the system does not tell',
  )
  socket.destroy()
  const ask = await peerAsker()
  t.equal(peerName(socket, at, ask), 'runtime-api unix', 'nobody is there any more')
  t.equal(ask(9_999), undefined, 'no such descriptor')
  server.close()
  child.kill()
  folder.remove()
})

t.test('a client over TCP is named by its address', async (t) => {
  const { server, next } = await serving(undefined)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const arrival = next()
  const client = connect(address.port, '127.0.0.1')
  const socket = await arrival
  const at = { family: 4, host: '127.0.0.1', port: address.port } as const
  t.equal(peerName(socket, at, await peerAsker()), `runtime-api 127.0.0.1:${client.localPort}`)
  client.destroy()
  socket.destroy()
  server.close()
})

t.test('only users of this machine have names', async (t) => {
  t.equal(userName(uid), username)
  t.equal(userName(3_999_999_999), undefined)
})
