/** Pipes for splice: bounded, kept while empty, closed with what they hold. */
import t from 'tap'
import { type Pipe, Pipes } from '../../../src/dataplane/linux/pipes.js'
import { descriptors } from '../../support/processes.js'

const NOW = 0
const ends = () => descriptors(process.pid).pipes

function takeAll(pipes: Pipes, most: number): Pipe[] {
  const taken: Pipe[] = []
  while (taken.length < most) {
    const pipe = pipes.take(NOW)
    if (pipe === undefined) break
    taken.push(pipe)
  }
  return taken
}

t.test('no more pipes at the same time than allowed, and none is lost', async (t) => {
  const before = ends()
  const pipes = new Pipes(3)
  const taken = takeAll(pipes, 100)
  t.equal(taken.length, 3)
  t.equal(ends(), before + 6)
  const [first, ...others] = taken
  if (first) pipes.giveBack(first)
  t.equal(pipes.take(NOW), first, 'an empty one is used again')
  for (const pipe of taken) pipes.discard(pipe)
  t.equal(ends(), before, 'one that still holds something is closed')
  t.equal(others.length, 2)
  const next = pipes.take(NOW)
  t.ok(next, 'and makes room for a new one')
  if (next) pipes.discard(next)
})

t.test('a crowd of pipes is closed again but for a few that are kept', async (t) => {
  const before = ends()
  const pipes = new Pipes(200)
  const taken = takeAll(pipes, 200)
  t.equal(taken.length, 200)
  t.equal(taken.filter(({ isLarge }) => isLarge).length, 16, 'few are large')
  t.equal(ends(), before + 400)
  for (const pipe of taken) pipes.giveBack(pipe)
  t.equal(ends(), before + 96, '16 large and 32 others')
  for (const pipe of takeAll(pipes, 48)) pipes.discard(pipe)
  t.equal(ends(), before)
})

t.test('a small pipe that was kept is used again when every large one is in use', async (t) => {
  const pipes = new Pipes(20)
  const taken = takeAll(pipes, 20)
  const [large] = taken
  const small = taken.at(-1)
  t.ok(large?.isLarge && small?.isLarge === false)
  if (!large || !small) return
  pipes.discard(large)
  const replacement = pipes.take(NOW)
  pipes.giveBack(small)
  if (replacement) pipes.discard(replacement)
  const further = [pipes.take(NOW), pipes.take(NOW)]
  t.ok(further.includes(small) && !further.includes(undefined), 'a new large one, and the small one again')
  for (const pipe of [...taken.slice(1, -1), ...further]) if (pipe) pipes.discard(pipe)
})
