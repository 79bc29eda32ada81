/** A unix socket that only those may open who should, in a place where nobody else can put one in its stead. */
import { link, lstat, mkdir, rename, rm, stat, unlink } from 'node:fs/promises'
import type { Server } from 'node:net'
import { dirname } from 'node:path'
import process, { umask } from 'node:process'
import { fitsUnixSocket } from '../../../core/address.js'
import { askOnce, SocketError } from './ask-once.js'

/** The stats socket cannot be opened; the message says why and what to do. */
export class StatsSocketError extends Error {}

/** A path of one's own is what somebody needs who tries headgate without being root. */
const OR_ELSEWHERE = 'or choose another path ([runtime].socket or sockets)'
const ELSEWHERE = `let the user that runs headgate write there, ${OR_ELSEWHERE}`

/** How long somebody who listens already may take to say who it is. */
const INTRODUCTION_MS = 500

/**
 * Binds and listens with its mode from the first moment. A stale socket is replaced, a live one only when its holder
 * hands over.
 */
export async function listenUnix(
  server: Server,
  path: string,
  isHandedOver = false,
  mode = 0o600,
): Promise<SocketFile> {
  const file = new SocketFile(path)
  if (!fitsUnixSocket(file.own)) throw refused(path, 'with .PID it has more than 107 bytes', 'choose a shorter path')
  await prepareDirectory(path)
  if (!isHandedOver) await removeStale(path)
  await rm(file.own, { force: true }).catch((error: unknown) => {
    throw refused(path, reasonOf(error, path), ELSEWHERE)
  })
  const before = umask(0o777 & ~mode)
  const opened = listening(server, file)
  // node has bound by now: the mask is in force for nobody else
  umask(before)
  await opened
  await (isHandedOver ? file.replace() : file.appear())
  return file
}

/** Where the socket of this process is found after a successor took `path` over. */
export function ownName(path: string): string {
  return `${path}.${process.pid}`
}

/**
 * The name of a listening socket. It is bound under a name of its process's own and then appears at its path, so that a
 * successor can take the path over in one step and this one stays within reach. Node removes the own name when the server
 * closes.
 */
export class SocketFile {
  readonly own: string
  private inode = 0

  constructor(readonly path: string) {
    this.own = ownName(path)
  }

  /** Rejects when somebody else's has appeared in the meantime. */
  async appear(): Promise<void> {
    try {
      await link(this.own, this.path)
    } catch (error) {
      throw refused(this.path, `it cannot be created: ${codeOf(error)}`, 'try again, or choose another path')
    }
    await unlink(this.own)
    this.inode = (await stat(this.path)).ino
  }

  /** Takes the place of the predecessor's. */
  async replace(): Promise<void> {
    await rename(this.own, this.path)
    this.inode = (await stat(this.path)).ino
  }

  /** It can be reached under the process's own name as well. */
  async appearAside(): Promise<void> {
    await link(this.path, this.own)
  }

  /** The path is ours again, also when somebody has taken it over and gone since. */
  async disappearAside(): Promise<void> {
    // where both names are of the same socket this does nothing: rename(2)
    await rename(this.own, this.path)
    await rm(this.own, { force: true })
  }

  /** Unless a successor has taken the path over. */
  async remove(): Promise<void> {
    const found = await stat(this.path).catch(() => undefined)
    if (found?.ino === this.inode) await rm(this.path, { force: true })
  }
}

function listening(server: Server, { own, path }: SocketFile): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(refused(path, reasonOf(error, path), ELSEWHERE)))
    server.listen({ path: own }, resolve)
  })
}

async function prepareDirectory(path: string): Promise<void> {
  const directory = dirname(path)
  try {
    await mkdir(directory, { mode: 0o755 })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw refused(path, `there is no ${dirname(directory)}`, `mkdir -p ${directory}, or choose another path`)
    }
    if (codeOf(error) !== 'EEXIST') {
      const why = codeOf(error) === 'EACCES' ? 'permission denied' : codeOf(error)
      throw refused(
        path,
        `${directory} cannot be created: ${why}`,
        `create it for the user that runs headgate, ${OR_ELSEWHERE}`,
      )
    }
  }
  const { mode } = await stat(directory).catch((error: unknown) => {
    throw refused(path, reasonOf(error, path), ELSEWHERE)
  })
  const isOpenToAll = (mode & 0o002) !== 0 && (mode & 0o1000) === 0
  if (!isOpenToAll) return
  throw refused(path, `anybody may replace files in ${directory}`, `chmod o-w ${directory}, or choose another path`)
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return
  if (!found.isSocket()) throw refused(path, 'there is a file of that name', 'remove it, or choose another path')
  const holder = await holderOf(path)
  if (holder) throw refused(path, `${holder} listens there`, 'stop it, or choose another path')
  await unlink(path)
}

/** Who listens on a socket, in words; undefined when nobody does. */
async function holderOf(path: string): Promise<string | undefined> {
  try {
    const info = await askOnce({ family: 'unix', path }, 'show info', INTRODUCTION_MS)
    const [, name] = /^Name: (.*)$/m.exec(info) ?? []
    const [, pid] = /^Pid: (.*)$/m.exec(info) ?? []
    return name && pid ? `a running ${name} (pid ${pid})` : 'another program'
  } catch (error) {
    return error instanceof SocketError && error.reason === 'refused' ? undefined : 'another program'
  }
}

function refused(path: string, why: string, fix: string): StatsSocketError {
  return new StatsSocketError(`stats socket ${path}: ${why}; ${fix}`)
}

function reasonOf(error: unknown, path: string): string {
  const code = codeOf(error)
  return code === 'EACCES' ? `permission denied in ${dirname(path)}` : code
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
