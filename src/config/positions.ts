/** Where each key stands in the text. Loaded only when there is something to say about a line. */
import { type AST, parseTOML } from 'toml-eslint-parser'
import type { Position } from './errors.js'
import { type Path, pathKey, printable } from './tree.js'

export interface Place {
  readonly key: Position
  readonly value: Position
  /** The value as the file has it, short and printable. */
  readonly text: string
}

/** Keys nest no deeper; what lies below is garbage. */
const DEEPEST = 16
const LONGEST_TEXT = 60

export class Positions {
  private readonly places = new Map<string, Place>()

  constructor(private readonly source: string) {
    for (const node of parseTOML(source).body[0].body) {
      if (node.type === 'TOMLKeyValue') this.addKeyValue([], node)
      else this.addTable(node)
    }
  }

  get(path: Path): Place | undefined {
    return this.places.get(pathKey(path))
  }

  private addTable(table: AST.TOMLTable): void {
    const at = positionOf(table)
    this.add(table.resolvedKey, { key: at, value: at, text: table.body.length === 0 ? 'an empty table' : 'a table' })
    for (const node of table.body) this.addKeyValue(table.resolvedKey, node)
  }

  private addKeyValue(prefix: Path, node: AST.TOMLKeyValue): void {
    const path = [...prefix, ...node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))]
    this.addValue(path, positionOf(node.key), node.value)
  }

  private addValue(path: Path, key: Position, node: AST.TOMLContentNode): void {
    this.add(path, { key, value: positionOf(node), text: this.textOf(node) })
    if (path.length > DEEPEST) return
    if (node.type === 'TOMLInlineTable') for (const one of node.body) this.addKeyValue(path, one)
    if (node.type === 'TOMLArray') {
      for (const [i, one] of node.elements.entries()) this.addValue([...path, i], positionOf(one), one)
    }
  }

  private add(path: Path, place: Place): void {
    if (path.length > DEEPEST) return
    this.places.set(pathKey(path), place)
    for (let length = path.length - 1; length > 0; length--) {
      const key = pathKey(path.slice(0, length))
      if (this.places.has(key)) break
      // implied, as [backends] by [backends.web], or as the array by [[backends.web.servers]]
      const text = typeof path[length] === 'number' ? 'an array of tables' : 'a table'
      this.places.set(key, { ...place, text })
    }
  }

  private textOf(node: AST.TOMLContentNode): string {
    const text = this.source.slice(...node.range)
    if (text.length <= LONGEST_TEXT && !text.includes('\n')) return printable(text)
    if (node.type === 'TOMLArray') return 'an array'
    if (node.type === 'TOMLInlineTable') return 'a table'
    return printable(`${text.slice(0, LONGEST_TEXT)}…`)
  }
}

function positionOf({ loc }: AST.TOMLNode): Position {
  return { line: loc.start.line, column: loc.start.column + 1 }
}
