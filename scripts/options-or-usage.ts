/** The options of a script, or what is wrong with them, its usage and exit code 2. @param read throws with words for a person */
export function optionsOrUsage<Options>(read: (args: readonly string[]) => Options, usage: string): Options {
  try {
    return read(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(2)
  }
}
