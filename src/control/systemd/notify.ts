/** Tells the init system how we are: sd_notify(3). Nothing happens where nobody asked for it (NOTIFY_SOCKET). */

/** All that we say; systemd knows more. */
export type Notification = 'READY=1' | 'STOPPING=1' | `MAINPID=${number}`

/** Returns what went wrong, in words; a service that cannot say that it is ready will be stopped by whoever waits. */
export async function notifyInit(text: Notification): Promise<string | undefined> {
  const path = process.env.NOTIFY_SOCKET
  if (!path) return undefined
  try {
    const { sendDatagramTo } = await import('../../native/notify-socket.js')
    const code = sendDatagramTo(path, text)
    return code && `telling the init system ${text} at ${path} failed with ${code}`
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `telling the init system ${text} needs native calls, which do not load: ${why}`
  }
}
