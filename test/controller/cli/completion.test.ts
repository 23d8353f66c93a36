import { execFileSync, spawnSync } from 'node:child_process'
import t from 'tap'
import { COMMANDS } from '../../../controller/cli/commands.ts'
import { completionScript } from '../../../controller/cli/completion.ts'

const folder = t.testdir({ 'job.yaml': '' })

/** What bash offers with the cursor behind the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${completionScript('bash', COMMANDS)}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hypernet
    for word in "\${COMPREPLY[@]}"; do echo "$word"; done`
  const text = execFileSync('bash', ['-c', script, 'bash', 'hypernet', ...words], { cwd: folder })
  return text.toString().split('\n').filter(Boolean)
}

t.test('bash completes commands, then their second words, options and values', async (t) => {
  t.strictSame(offered('dem'), ['demo'])
  t.strictSame(offered('job', 's'), ['submit'])
  t.strictSame(offered('job', 'submit', '--w'), ['--watch'])
  t.strictSame(offered('up', '--log', ''), ['debug', 'info', 'warn', 'error'])
  t.strictSame(offered('completion', 'z'), ['zsh'])
  t.strictSame(offered('simulate', 'job.yaml', '--json', '--dup'), ['--duplicate'])
})

t.test('bash completes file names where no word is known', async (t) => {
  t.strictSame(offered('job', 'submit', 'jo'), ['job.yaml'])
  t.strictSame(offered('simulate', 'job.yaml', '--rows', 'jo'), ['job.yaml'])
})

t.test('bash offers every command', async (t) => {
  const first = new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))
  t.strictSame(new Set(offered('')), first)
})

const zsh = spawnSync('zsh', ['--version']).status === 0
t.test('zsh loads its script', { skip: zsh ? false : 'zsh is not installed' }, async (t) => {
  const script = `autoload -U compinit && compinit -D
    ${completionScript('zsh', COMMANDS)}
    print -r -- "$_comps[hypernet]"`
  const text = execFileSync('zsh', ['-f', '-c', script], { cwd: folder }).toString()
  t.match(text, '_bash_complete')
})
