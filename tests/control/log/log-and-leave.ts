/**
 * Logs lines and leaves as told. Run as a child:
 *   log-and-leave.ts exit|signal|throw|end LINES   lines, then out at once; on SIGTERM one more line
 *   log-and-leave.ts unread LINES                  lines in many callbacks, and on standard error how late timers came
 */
import { writeSync } from 'node:fs'
import { createLog } from '../../../src/control/log/create.js'

const [how, lines = '0'] = process.argv.slice(2)
const log = createLog({ level: 'info', format: 'json' })

function say(from: number, to: number): void {
  for (let i = from; i < to; i++) log.configWarning(`line ${i} ${'x'.repeat(200)}`)
}

const ways: Readonly<Record<string, () => void>> = {
  exit() {
    say(0, Number(lines))
    process.exit(0)
  },
  throw() {
    say(0, Number(lines))
    throw new Error('on purpose')
  },
  end() {
    say(0, Number(lines))
  },
  signal() {
    process.on('SIGTERM', () => {
      say(0, Number(lines))
      process.exit(0)
    })
    setInterval(() => {}, 1_000)
    writeSync(2, 'ready\n')
  },
  unread() {
    let said = 0
    let latest = 0
    let due = performance.now() + 10
    const ticking = setInterval(() => {
      const now = performance.now()
      latest = Math.max(latest, now - due)
      due = now + 10
      say(said, said + 100)
      said += 100
      if (said < Number(lines)) return
      clearInterval(ticking)
      writeSync(2, `latest ${Math.round(latest)}\n`)
      process.exit(0)
    }, 10)
  },
}
ways[how ?? '']?.()
