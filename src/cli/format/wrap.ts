/** Text in lines of at most `width` columns, broken at blanks; every line but the first is indented by two more. */
export function wrap(text: string, width: number | undefined, indent: string): string {
  if (width === undefined) return `${indent}${text}\n`
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === ''
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line)
      line = `${indent}  ${word}`
    } else line += isFirst ? word : ` ${word}`
  }
  return `${[...lines, line].join('\n')}\n`
}

/** Lines, each wrapped at its own indent. */
export function wrapLines(text: string, width: number | undefined): string {
  const lines = text.split('\n').map((line) => {
    const indent = /^ */.exec(line)?.[0] ?? ''
    return wrap(line.slice(indent.length), width, indent)
  })
  return lines.join('')
}
