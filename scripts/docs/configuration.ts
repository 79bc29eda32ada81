/** Writes docs/configuration.md, configs/headgate.schema.json and man/headgate.1: `npm run docs`. A test fails when they are out of date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { renderJsonSchema } from './json-schema.js'
import { renderManPage } from './man-page.js'
import { renderReference } from './reference.js'

const project = new URL('../../', import.meta.url)

/** Generated files by their path in the project. */
export function renderDocs(): Readonly<Record<string, string>> {
  const introduction = readFileSync(new URL('scripts/docs/introduction.md', project), 'utf8')
  return {
    'docs/configuration.md': `${introduction}\n${renderReference()}`,
    'configs/headgate.schema.json': renderJsonSchema(),
    'man/headgate.1': renderManPage(),
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const [path, text] of Object.entries(renderDocs())) writeFileSync(new URL(path, project), text)
}
