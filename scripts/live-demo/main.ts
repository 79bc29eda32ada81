/** The demo: servers, headgate before them, traffic, and a table to watch. See scripts/demo. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Daemon } from '../../tests/support/daemon.js'
import { configText } from './config.js'
import { driveOnce } from './self-driven.js'
import { NAMES, startTcpServer, startUdpServer } from './servers.js'
import { serverTable } from './table.js'
import { startTraffic } from './traffic.js'

const REDRAW_MS = 500

async function main(isOnce: boolean): Promise<void> {
  const tcp = await Promise.all(NAMES.map(startTcpServer))
  const udp = await Promise.all(NAMES.map(startUdpServer))
  const daemon = await Daemon.start(configText(tcp, udp))
  console.log(`\nThe config:\n\n${daemon.config.replace(/^(?=.)/gm, '  ')}`)
  const traffic = startTraffic(await daemon.port('tcp-in'), await daemon.port('udp-in'))
  if (isOnce) {
    const passed = await driveOnce({ daemon, traffic, tcp, udp })
    const { code } = await daemon.stop()
    console.log(passed && code === 0 ? 'demo: all as it should be' : `demo: FAILED (headgate ended with ${code})`)
    process.exit(passed && code === 0 ? 0 : 1)
  }
  const stop = async () => {
    await daemon.stop()
    process.exit(0)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  await watch(daemon)
}

/** Redraws in place on a terminal; elsewhere one table follows the other. */
async function watch(daemon: Daemon): Promise<never> {
  const { isTTY } = process.stdout
  for (let lines = 0; ; await sleep(isTTY ? REDRAW_MS : REDRAW_MS * 10)) {
    const screen = `${serverTable(await daemon.status())}\n${instructions(daemon.socket)}`
    if (isTTY && lines > 0) process.stdout.write(`\x1b[${lines}A\x1b[J`)
    console.log(screen)
    lines = screen.split('\n').length
  }
}

function instructions(socket: string): string {
  const command = (words: string) => `  node dist/main.js ${words} --socket ${socket}`
  return `
Try it in a second terminal, in this folder:

${command('drain tcp/a')}
${command('ready tcp/a')}
${command('weight udp/b 10%')}

Ctrl-C stops everything.`
}

const [option] = process.argv.slice(2)
if (option !== undefined && option !== '--once') {
  console.error('usage: scripts/demo [--once]')
  process.exit(2)
}
await main(option === '--once')
