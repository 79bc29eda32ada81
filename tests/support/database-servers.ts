/** What test servers of every database need: an account that is not root, a folder of it, and an end. */
import { execFileSync } from 'node:child_process'
import { chownSync } from 'node:fs'
import { program } from './installed-programs.js'
import { Program } from './program.js'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Of this user when this process is root: databases refuse to run as that. */
export function accountOf(user: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

export interface Startable {
  start(): Promise<void>
  stop(): Promise<void>
}

export interface DatabaseServers<Server> {
  readonly servers: readonly Server[]
  stop(): Promise<void>
}

/** Starts servers in a temporary folder of the owner's, which goes with them. @param make not started yet */
export async function startServers<Server extends Startable>(
  owner: Account | undefined,
  make: (folder: TemporaryFolder) => Promise<readonly Server[]>,
): Promise<DatabaseServers<Server>> {
  const folder = temporaryFolder()
  if (owner) chownSync(folder.path, owner.uid, owner.gid)
  try {
    const servers = await make(folder)
    await Promise.all(servers.map((server) => server.start()))
    return {
      servers,
      async stop() {
        await Promise.all(servers.map((server) => server.stop()))
        folder.remove()
      },
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** Runs a program to its end; throws with what it said unless that is good. */
export async function runToEnd(name: string, args: readonly string[], owner: Account | undefined): Promise<void> {
  const running = Program.start(program(name), args, { ...owner })
  const { code } = await running.exited
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${running.tail()}`)
}
