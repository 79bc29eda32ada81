/** One command to a stats socket, and its whole answer. */
import { createConnection } from 'node:net'

/** Ends when the daemon closes the connection, as it does after a command that was not sent in interactive mode. */
export async function runtimeApi(socket: string, command: string): Promise<string> {
  const connection = createConnection(socket)
  connection.setEncoding('utf8').end(`${command}\n`)
  let answer = ''
  for await (const chunk of connection) answer += chunk
  return answer
}
