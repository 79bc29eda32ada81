/** Something wrong at a key, before anybody asked for its line. */
import { type Path, pathKey } from './tree.js'

export interface Problem {
  readonly path: Path
  /** Words for what stands there; by default its text in the file, or `nothing`. */
  readonly found?: string
  readonly expected: string
  readonly fix?: string
  /** A word that may be a slip for one of the known: adds `did you mean …?`. */
  readonly slip?: { readonly word: string; readonly known: readonly string[] }
  /** Where it stands already, of what only one may have; told with its line. */
  readonly first?: Path
  /** Point at the key itself, not at its value. */
  readonly onKey?: true
}

/** Paths, and whatever lies below them. */
export class Places {
  private readonly keys = new Set<string>()

  add(path: Path): void {
    this.keys.add(pathKey(path))
  }

  covers(path: Path): boolean {
    return this.keys.size > 0 && path.some((_, i) => this.keys.has(pathKey(path.slice(0, i + 1))))
  }
}
