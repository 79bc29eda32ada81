/** For what shows itself only by happening no more. */

const STEP_MS = 50
const SETTLED_MS = 250

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until a figure has stood still for a quarter of a second; answers it. */
export async function settled(figure: () => number): Promise<number> {
  let last = figure()
  for (let still = 0; still < SETTLED_MS; still += STEP_MS) {
    await pause(STEP_MS)
    const now = figure()
    if (now !== last) still = -STEP_MS
    last = now
  }
  return last
}

/** Waits until a figure of the system has come to `goal`, at most 3 s; answers the last one seen. */
export async function comesTo(figure: () => number, goal: number): Promise<number> {
  for (let waited = 0; waited < 3000 && figure() !== goal; waited += STEP_MS) await pause(STEP_MS)
  return figure()
}

/** Takes a figure over and over, until `stop`; `stop` answers the highest. */
export function highest(figure: () => number): { stop(): number } {
  let peak = figure()
  const take = () => {
    peak = Math.max(peak, figure())
  }
  const timer = setInterval(take, STEP_MS)
  return {
    stop() {
      clearInterval(timer)
      take()
      return peak
    },
  }
}
