import { execFileSync } from 'node:child_process'
import t from 'tap'
import { shellWord } from '../../../../controller/cli/shell/word.ts'

t.test('a shell reads back what was written', async (t) => {
  const words = [
    '--loss',
    '0.3',
    'my job.yaml',
    "it's",
    '$HOME',
    '`id`',
    'a\nb',
    '*',
    '',
    '!x',
    '"',
  ]
  const line = `for w in ${words.map(shellWord).join(' ')}; do printf '%s\\0' "$w"; done`
  const read = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })
  t.strictSame(read.split('\0').slice(0, -1), words)
  t.equal(shellWord('column:site'), 'column:site', 'what is plain stays plain')
})
