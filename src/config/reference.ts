/** Where the file names environment variables. Whoever tells of a setting tells this text, never the variables' values. */
import type { Path } from './tree.js'

export interface Reference {
  readonly path: Path
  /** As the file has it, e.g. `${TOKEN}` or `--token=${TOKEN:-none}`. */
  readonly text: string
}
