import t from 'tap'
import { barsFor, sparkline } from '../../../src/cli/top/sparkline.js'

const BLOCKS = barsFor({ LANG: 'de_DE.UTF-8' })
const LETTERS = barsFor({ LANG: 'C' })

t.test('the latest values stand to the right, scaled to the highest of them', async (t) => {
  t.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 9, 0, BLOCKS), '▁▂▃▄▅▆▇██')
  t.equal(sparkline([100, 1, 2], 2, 0, BLOCKS), '▅█')
  t.equal(sparkline([4, 8], 5, 0, BLOCKS), '   ▅█')
  t.equal(sparkline([], 3, 0, BLOCKS), '   ')
})

t.test('little is not drawn as much; all nought is the lowest bar', async (t) => {
  t.equal(sparkline([1, 2], 2, 100, BLOCKS), '▁▁')
  t.equal(sparkline([0, 0], 2, 0, BLOCKS), '▁▁')
})

t.test('what was not measured is a blank, what failed a cross', async (t) => {
  t.equal(sparkline([8, null, 'failed', 8], 4, 0, BLOCKS), '█ ×█')
  t.equal(sparkline([0, 4, 8, 'failed'], 4, 0, LETTERS), '_=#x')
})

t.test('letters only where the locale says that there is no Unicode', async (t) => {
  t.equal(barsFor({}), BLOCKS)
  t.equal(barsFor({ LANG: 'en_US.utf8' }), BLOCKS)
  t.equal(barsFor({ LC_ALL: 'POSIX', LANG: 'en_US.UTF-8' }), LETTERS)
})
