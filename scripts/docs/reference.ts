/** The tables of `docs/configuration.md`, from the descriptions in the schema. */
import { describedSchema } from './json-schema.js'

/** The parts of a JSON Schema that zod writes for a config. */
interface Node {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly expected?: string
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Node | false
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
}

/** One section for each table, in the order of the schema. */
export function renderReference(): string {
  // zod wrote it: the fields above are those that its object, record, array, union and scalar schemas have.
  const root = describedSchema() as Node
  const sections = Object.entries(root.properties ?? {}).flatMap(([key, node]) => renderTop(key, node))
  // a table that several types of a check have is told once
  return [...new Set(sections)].join('\n')
}

function renderTop(key: string, node: Node): readonly string[] {
  const table = node.additionalProperties || node
  const name = node.additionalProperties ? `${key}.NAME` : key
  return renderTable(name, `[${name}]`, table, node.description)
}

/** Its section, and those of the tables in it. @param name dotted, for the tables below this one */
function renderTable(name: string, heading: string, node: Node, description = ''): readonly string[] {
  const properties = Object.entries(node.properties ?? {})
  const rows = properties.map(([key, value]) => renderRow(key, value, node.required?.includes(key) ?? false))
  const inner = properties.flatMap(([key, value]) => renderInner(`${name}.${key}`, `[${name}.${key}]`, value))
  const table = rows.length === 0 ? '' : `${[HEAD, ...rows].join('\n')}\n`
  const own = [`## \`${heading}\`\n`, description && `${description}\n`, table].filter((part) => part !== '')
  return [own.join('\n'), ...inner]
}

const HEAD = '| key | value | default | meaning |\n| --- | --- | --- | --- |'

function renderRow(key: string, node: Node, isRequired: boolean): string {
  const cells = [`\`${key}\``, node.expected ?? 'a table', defaultOf(node, isRequired), node.description ?? '']
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function defaultOf(node: Node, isRequired: boolean): string {
  if (isRequired) return '**required**'
  if (node.default === undefined || node.properties) return ''
  return `\`${JSON.stringify(node.default)}\``
}

/** Tables below a key: the one it holds, the one its array repeats, or one for each shape that it may have. */
function renderInner(name: string, heading: string, node: Node): readonly string[] {
  if (node.properties) return renderTable(name, heading, node, node.description)
  if (node.items) return renderInner(name, `[${heading}]`, node.items)
  if (node.oneOf) return renderTypes(name, node.oneOf)
  return (node.anyOf ?? []).flatMap((one) => renderInner(name, heading, one))
}

/** Tables told apart by `type`: the keys they share once, then the keys of each. */
function renderTypes(name: string, types: readonly Node[]): readonly string[] {
  const [first] = types
  const shared = Object.entries(first?.properties ?? {}).filter(([key, value]) =>
    types.every((one) => JSON.stringify(one.properties?.[key]) === JSON.stringify(value)),
  )
  const sharedKeys = new Set(shared.map(([key]) => key))
  const sections = types.flatMap((one) => {
    const { type, ...own } = one.properties ?? {}
    const properties = Object.fromEntries(Object.entries(own).filter(([key]) => !sharedKeys.has(key)))
    const heading = `[${name}] type = ${JSON.stringify(type?.const)}${type?.default === undefined ? '' : ' (default)'}`
    return renderTable(name, heading, { ...one, properties }, type?.description)
  })
  return [
    ...renderTable(name, `[${name}]`, { properties: Object.fromEntries(shared) }, 'Keys of every type.'),
    ...sections,
  ]
}
