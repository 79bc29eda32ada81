/** What `npm run docs` writes is what is committed. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { renderDocs } from '../../scripts/docs/configuration.js'

for (const [path, text] of Object.entries(renderDocs())) {
  t.test(`${path} is up to date`, async (t) => {
    const committed = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    t.equal(committed, text, 'write it again with: npm run docs')
  })
}

t.test('every key is described', async (t) => {
  const reference = renderDocs()['docs/configuration.md'] ?? ''
  const rows = reference.split('\n').filter((line) => line.startsWith('| `'))
  t.ok(rows.length > 40)
  t.same(
    rows.filter((row) => / \|\s+\|$/.test(row)),
    [],
    'no row ends without a meaning',
  )
})
