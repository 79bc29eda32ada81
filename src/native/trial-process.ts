/** Entry of the process that nativeAvailability starts: writes why native calls do not work here, or nothing. */

async function whyNot(): Promise<string | undefined> {
  try {
    const { tryCalls } = await import('./call-trial.js')
    return tryCalls()
  } catch (error) {
    const [firstLine] = String(error instanceof Error ? error.message : error).split('\n', 1)
    return `koffi does not load: ${firstLine}; run npm install with optional dependencies`
  }
}

process.stdout.write((await whyNot()) ?? '')
