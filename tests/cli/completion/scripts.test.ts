import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { COMPLETION_SCRIPTS, SHELLS } from '../../../src/cli/completion/scripts.js'
import { program, skipWithout } from '../../support/installed-programs.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { headgate } from '../terminal.js'

/** Reads a script and runs nothing. */
const NO_EXEC = { bash: '-n', zsh: '-n', fish: '--no-execute' } as const

for (const shell of SHELLS) {
  t.test(`completion ${shell} prints its script`, async (t) => {
    const { out, code } = await headgate(['completion', shell])
    t.same({ out, code }, { out: COMPLETION_SCRIPTS[shell], code: 0 })
  })
  t.test(`${shell} can read the script`, { skip: skipWithout(shell) }, async (t) => {
    const folder = temporaryFolder()
    const file = join(folder.path, 'headgate')
    writeFileSync(file, COMPLETION_SCRIPTS[shell])
    t.doesNotThrow(() => execFileSync(program(shell), [NO_EXEC[shell], file]))
    folder.remove()
  })
}

t.test('completion for another shell names those there are', async (t) => {
  t.match(await headgate(['completion', 'tcsh']), { code: 2, err: /Allowed choices are bash, zsh, fish/ })
})

/** What bash offers when headgate answers so. */
function bashOffers(answer: string): string {
  const script = `
    ${COMPLETION_SCRIPTS.bash}
    headgate() { printf '%s' "$*" >&2; printf '${answer}'; }
    compopt() { echo "compopt $*"; }
    COMP_WORDS=(headgate drain 're pl'); COMP_CWORD=2
    _headgate; printf '[%s]' "\${COMPREPLY[@]}"`
  return execFileSync(program('bash'), ['--norc', '-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

t.test('bash offers the words, without what they are', { skip: skipWithout('bash') }, async (t) => {
  t.equal(bashOffers('replicas/r1\\tserver\\nreplicas/r2\\tserver\\n'), '[replicas/r1][replicas/r2]')
  t.equal(bashOffers(''), '[]', 'nothing')
  t.equal(bashOffers(':files'), 'compopt -o default\n[]')
  t.equal(bashOffers('canary=\\tweight\\n'), 'compopt -o nospace\n[canary=]')
})
