import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'
import { SEVERITY_OUTPUTS } from '../severity.js'

export const setSeverityOutput: Command = {
  words: ['set', 'severity-output'],
  usage: 'set severity-output [none|number|string]',
  summary: 'set presence of severity level in feedback information',
  level: 'user',
  most: 1,
  run([asked], { client }) {
    const output = SEVERITY_OUTPUTS.find((one) => one === asked)
    if (!output) return refuse("one of 'none', 'number', 'string' is a required argument\n")
    client.severity = output
    return show('')
  },
}
