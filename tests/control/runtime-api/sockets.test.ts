import { once } from 'node:events'
import { chmodSync, existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { type StatsListener, startRuntimeApi } from '../../../src/control/runtime-api/runtime-api.js'
import { askOnce, SocketError } from '../../../src/control/runtime-api/wire/ask-once.js'
import { listenUnix, StatsSocketError } from '../../../src/control/runtime-api/wire/unix-socket.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { capturedRegistry, NOW } from './captured-registry.js'
import { collect, FakeWorkers, partsOver } from './harness.js'

const folder = temporaryFolder()
t.after(() => folder.remove())

function start(...addresses: StatsListener['address'][]) {
  const listeners = addresses.map((address) => ({ address, level: 'admin' as const }))
  return startRuntimeApi({ ...partsOver(capturedRegistry(), new FakeWorkers(), () => NOW), listeners })
}
const unix = (name: string) => ({ family: 'unix', path: join(folder.path, name) }) as const

t.test('mode 0600 from the first moment, and gone after close', async (t) => {
  const server = createServer()
  const path = join(folder.path, 'fresh.sock')
  const modes: number[] = []
  const file = listenUnix(server, path)
  const listening = file.then(() => true)
  const watch = async () => {
    while (!(await Promise.race([listening, new Promise((resolve) => setImmediate(resolve, false))]))) {
      if (existsSync(path)) modes.push(lstatSync(path).mode & 0o777)
    }
  }
  const before = process.umask()
  await watch()
  modes.push(lstatSync(path).mode & 0o777)
  t.same([...new Set(modes)], [0o600])
  t.equal(process.umask(), before)
  await (await file).remove()
  await new Promise((resolve) => server.close(resolve))
  t.notOk(existsSync(path))
})

t.test('handed over: the successor takes the path in one step, and what is its own stays', async (t) => {
  const path = join(folder.path, 'handed.sock')
  const [former, successor] = [createServer(), createServer()]
  const file = await listenUnix(former, path)
  const { ino } = lstatSync(path)
  await file.appearAside()
  t.equal(lstatSync(file.own).ino, ino, 'the former is found under its own name')
  await file.disappearAside()
  const heir = await listenUnix(successor, path, true)
  t.not(lstatSync(path).ino, ino)
  await file.remove()
  t.ok(existsSync(path))
  await heir.remove()
  t.notOk(existsSync(path))
  for (const server of [former, successor]) await new Promise((resolve) => server.close(resolve))
})

t.test('a live socket is refused, and the error names who holds it', async (t) => {
  const address = unix('live.sock')
  const api = await start(address)
  const error = await start(address).catch((error: unknown) => error)
  t.type(error, StatsSocketError)
  t.equal(
    String(error),
    `Error: stats socket ${address.path}: a running headgate (pid 4711) listens there; stop it, or choose another path`,
  )
  t.match(await askOnce(address, 'show version', 1_000), /^0\.1\.0\n/, 'which goes on')
  await api.close()
  t.notOk(existsSync(address.path))
})

t.test('another program on the path is live too, even when it says nothing', async (t) => {
  const address = unix('mute.sock')
  const mute: Server = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => mute.listen(address.path, resolve))
  await t.rejects(start(address), { message: /another program listens there/ })
  await new Promise((resolve) => mute.close(resolve))
})

t.test('a stale socket is replaced', async (t) => {
  const address = unix('stale.sock')
  await leaveStale(address.path)
  const api = await start(address)
  t.match(await askOnce(address, 'show version', 1_000), /^0\.1\.0\n/)
  await api.close()
})

/** A socket file that nobody listens on: what a killed process leaves. */
async function leaveStale(path: string): Promise<void> {
  const { spawnSync } = await import('node:child_process')
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  if (!existsSync(path)) throw new Error('no stale socket was left')
}

t.test('what cannot be opened says why and what to do, and leaves nothing open', async (t) => {
  writeFileSync(join(folder.path, 'file'), 'precious')
  mkdirSync(join(folder.path, 'open'))
  chmodSync(join(folder.path, 'open'), 0o777)
  const first = unix('first.sock')
  const cases = [
    [unix('file'), /there is a file of that name; remove it/],
    [unix('a/b/c.sock'), /there is no \S+\/a; mkdir -p \S+\/a\/b, or choose another path/],
    [unix('open/x.sock'), /anybody may replace files in .*open; chmod o-w/],
    [unix('x'.repeat(108)), /more than 107 bytes/],
    [{ family: 4, host: '0.0.0.0', port: 0 }, /not a loopback address/],
    [{ family: 6, host: '::', port: 0 }, /not a loopback address/],
  ] as const
  for (const [address, message] of cases) {
    await t.rejects(start(first, address), { message }, JSON.stringify(address))
    t.notOk(existsSync(first.path), 'the one that could be opened is closed again')
  }
  chmodSync(join(folder.path, 'open'), 0o1777)
  await (await start(unix('open/x.sock'))).close()
  await (await start(unix('new/x.sock'))).close()
  t.pass('a sticky directory is safe, and a missing one is made')
})

t.test('TCP on loopback, with its real port', async (t) => {
  const api = await start({ family: 4, host: '127.0.0.1', port: 0 })
  const [address] = api.addresses
  if (address?.family !== 4) throw new Error('no address')
  t.match(await askOnce(address, 'get weight be_pg/pg1', 1_000), '100 (initial 100)\n\n')
  const held = connect(address.port, address.host)
  await once(held, 'connect')
  await api.close()
  await collect(held)
})

t.test('a client that gets no answer knows why', async (t) => {
  const reasonOf = async (address: StatsListener['address'], timeoutMs = 1_000) => {
    const error = await askOnce(address, 'show version', timeoutMs).catch((error: unknown) => error)
    return error instanceof SocketError ? error.reason : error
  }
  t.equal(await reasonOf(unix('nowhere.sock')), 'missing')
  await leaveStale(unix('dead.sock').path)
  t.equal(await reasonOf(unix('dead.sock')), 'refused')
  const mute = createServer((socket) => socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => mute.listen(unix('silent.sock').path, resolve))
  t.equal(await reasonOf(unix('silent.sock'), 30), 'timeout')
  mute.on('connection', (socket) => socket.destroy())
  t.equal(await reasonOf(unix('silent.sock')), 'broken')
  await new Promise((resolve) => mute.close(resolve))
})

t.test('several sockets, each with its own level and mode', async (t) => {
  const [full, open] = [unix('full.sock'), unix('open.sock')]
  const port = { family: 4, host: '127.0.0.1', port: 0 } as const
  const api = await startRuntimeApi({
    ...partsOver(capturedRegistry(), new FakeWorkers(), () => NOW),
    listeners: [
      { address: full, level: 'admin' },
      { address: open, level: 'user', mode: 0o666 },
      { address: port, level: 'operator' },
    ],
  })
  t.equal(lstatSync(full.path).mode & 0o777, 0o600)
  t.equal(lstatSync(open.path).mode & 0o777, 0o666)
  const levels = api.addresses.map((address) => askOnce(address, 'show cli level', 1_000))
  t.same(await Promise.all(levels), ['admin\n\n', 'user\n\n', 'operator\n\n'])
  t.equal(await askOnce(open, 'set weight be_pg/pg1 1', 1_000), 'Permission denied\n\n')
  await api.close()
  t.notOk(existsSync(open.path))
})
