/** Programs as their users start them. */

export interface PlainCommand {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * tap puts a loader of its own into the NODE_OPTIONS of whatever a test spawns, which costs a Node program 0.3 s, memory
 * and descriptors: `env` takes it out again.
 * @param variables set in its environment
 */
export function plainCommand(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): PlainCommand {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  return { command: 'env', args: ['-u', 'NODE_OPTIONS', ...settings, command, ...args] }
}
